"""Ways to reach the seller that a mail itself states: addresses, telephone numbers, contact pages, chat.

In charge of telling the seller's from the buyer's own and from no-reply addresses. Whether an address may be used
(the mail's authentication) is decided where a letter gets its recipient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from monitor.extract.context import Context, quoted
from monitor.knowledge.patterns import Worded
from monitor.types import Contact, Mail

MAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])")
_NO_REPLY = Worded("<no_reply>|mailer-daemon|postmaster|bounce|^auto[._-]", re.IGNORECASE)
_DESK = Worded(r"^<desk>\d{0,4}$", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\d\-.+/])(?:\+\d{1,3}[ .-]?(?:\(0\)[ .-]?)?)?(?:\(\d{2,5}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,8}){1,4}(?![\d\-/])|"
    r"(?<![\d\-.+/])\+\d{8,14}(?!\d)"
)
# both looked for in addresses in lower case
_FORM = Worded("<contact_page>")
_CHAT = re.compile(r"pf\.kakao\.com|talk\.naver\.com|channel\.io|/chat(?:[/?]|$)|live-?chat|wa\.me/|m\.me/")
_DATE = re.compile(r"(?:19|20)\d\d[ .-]\d{1,2}[ .-]\d{1,2}$")
MAX = 12


def read(mail: Mail, context: Context, numbers: Iterable[str] = ()) -> tuple[Contact, ...]:
    """The contacts of a mail in the order in which it names them, at most twelve.

    `numbers`: of orders and parcels, which stand behind words such as "inquiry number" too.
    """
    taken = {_digits(number) for number in numbers}
    out: dict[tuple[str, str], Contact] = {}
    own = context.own
    domain = (mail.forwarded or mail.header).sender.domain
    lines = context.text.lines
    about = {line.number for line, _ in context.text.places("contact")}
    for at, line in enumerate(lines):
        before = lines[at - 1] if at else None
        here, above = line.number in about, before is not None and before.number in about
        if "@" in line.text:
            for match in MAIL.finditer(line.text):
                address = match[0].lower()
                if _sellers(address, domain, own, here or above):
                    _add(out, "email", address, line.raw)
        if here:
            for number in phones(line.text, taken):
                _add(out, "phone", number, line.raw)
        elif above and before is not None and len(line.text) < 60:
            for number in phones(line.text, taken):
                _add(out, "phone", number, f"{before.raw} {line.raw}")
    reply_to = (mail.forwarded or mail.header).reply_to
    if reply_to and reply_to.email and not _NO_REPLY.re.search(reply_to.email) and reply_to.email not in own:
        _add(out, "email", reply_to.email, f"Reply-To: {reply_to.email}")
    for link in context.text.links:
        _link(out, unescape(link).strip(), domain, own)
        if len(out) >= MAX:
            break
    return tuple(out.values())[:MAX]


def _add(out: dict[tuple[str, str], Contact], channel: str, value: str, quote: str) -> None:
    out.setdefault((channel, value), Contact(channel, value, quoted(quote, value)))


def _sellers(address: str, domain: str, own: frozenset[str], labelled: bool) -> bool:
    """Whether an address in the text is one at which the seller can be reached."""
    local, _, host = address.partition("@")
    if address in own or _NO_REPLY.re.search(address):
        return False
    related = bool(domain) and (host == domain or host.endswith("." + domain) or domain.endswith("." + host))
    return labelled or (related and bool(_DESK.re.match(local))) or (related and local == domain.split(".")[0])


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def phones(text: str, taken: set[str]) -> Iterator[str]:
    """Telephone numbers: 8 to 15 digits (E.164), no date and no Korean business registration number."""
    for match in _PHONE.finditer(text):
        number = match[0].strip()
        digits = _digits(number)
        if (
            8 <= len(digits) <= 15
            and digits not in taken
            and not _DATE.match(number)
            and not re.fullmatch(r"\d{3}-\d{2}-\d{5}", number)
        ):
            yield number


def _link(out: dict[tuple[str, str], Contact], url: str, domain: str, own: frozenset[str]) -> None:
    low = url.casefold()
    if low.startswith("mailto:"):
        address = low[7:].partition("?")[0]
        local = address.partition("@")[0]
        if MAIL.fullmatch(address) and address not in own and not _NO_REPLY.re.search(address):
            related = address.endswith(("@" + domain, "." + domain))
            if related or _DESK.re.match(local):
                _add(out, "email", address, address)
        return
    if low.startswith("tel:"):
        number = url[4:].strip()
        if 8 <= sum(map(str.isdigit, number)) <= 15:
            _add(out, "phone", number, number)
        return
    if _CHAT.search(low):
        _add(out, "chat", url, url)
    elif (
        "unsubscribe" not in low
        and not any(c.channel == "web_form" for c in out.values())
        and _FORM.re.search(low.partition("://")[2].partition("?")[0])
    ):
        _add(out, "web_form", url, url)
