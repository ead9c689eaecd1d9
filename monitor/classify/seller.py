"""Who sold. In charge of naming the seller of a mail from what the mail itself says of him, and of telling him from a
payment service, an issuer or a carrier that writes about a purchase at somebody else's.

The first that names one wins: markup where a service writes, the sender's name, markup, the tag before the subject,
what the text signs with, the sender's domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from monitor.classify.evidence import READ, Evidence
from monitor.knowledge import Knowledge, Shop, domains, names, patterns, tracking
from monitor.knowledge.patterns import Worded
from monitor.knowledge.phrases import fold, folded, squeeze
from monitor.types import Header, Kind, Mail, Seller, Stated

LONGEST = 60

_TAG = Worded(
    r"\s{0,5}(?:(?:<reply_prefix>|<forward_prefix>)\s?[:：]\s{0,3}){0,3}[\[【]([^\[\]【】]{2,40})[\]】]", re.I
)
_RIGHTS = re.compile(
    r"(?:©|ⓒ|\(c\)|copyright)\s{0,3}(?:©|ⓒ|\(c\))?\s{0,3}(?:\d{4}(?:\s?[-–]\s?\d{2,4})?)?[\s,.]{0,3}(?:by\s)?"
    r"([^\n\t|·,©]{2,60})",
    re.I,
)
_RIGHTS_SIGNS = ("©", "ⓒ", "(c)", "copyright")  # one of them begins each match of it
_NO_NAME = Worded(r"\s{0,3}(?:<rights_reserved>|<\bfirm_end>|\.(?:\s|$)|[|(]).{0,200}", re.I | re.S)


def find(mail: Mail, header: Header, evidence: Evidence, knowledge: Knowledge) -> tuple[Stated[Seller] | None, str]:
    """The seller, and the id of the payment service, issuer or carrier that wrote in his place ("" if none did).

    An unknown service is given by its domain.
    """
    shop = knowledge.shops.for_sender(header.sender)
    service = _service(header, knowledge) if shop is None else shop.id if shop.names_another else ""
    if service:
        return next(_named_by_service(mail, header, evidence, knowledge, shop), None), service
    if shop is None and (named := _merchant(mail, header, evidence, knowledge)):
        return named, domains.registrable(header.sender.domain)
    told_of_money = evidence.score.get(Kind.PAYMENT_RECEIPT)
    if shop is None and told_of_money and (paid := _paid_by_app(mail, header, knowledge)):
        return paid, domains.registrable(header.sender.domain)
    if shop is None and _is_bank(mail, header):
        named = next(_named_by_service(mail, header, evidence, knowledge, None), None)
        if named is not None:
            return named, domains.registrable(header.sender.domain)
    return next(_sender(mail, header, evidence, knowledge, shop), None), ""


def _is_bank(mail: Mail, header: Header) -> bool:
    """Whether a bank writes, by his name or by what he calls himself or his card: "DBS Bank Ltd" of dbs.example,
    "your MasterCard Quay 9020 was charged" of quay.example."""
    label = domains.likely_label(header.sender.domain)
    if names.is_bank(header.sender.name, label):
        return True
    text = mail.text[:READ].casefold()
    at = text.find(label) if len(label) > 2 else -1
    for _ in range(6):
        if at < 0:
            break
        behind = text[at + len(label) : at + len(label) + 12]
        if _BANK_BEHIND.match(behind) or (_ENDS_BEHIND.match(behind) and _CARD_BEFORE.re.search(text[:at][-40:])):
            return True
        at = text.find(label, at + 1)
    return False


_BANK_BEHIND, _ENDS_BEHIND = re.compile(r"\s{1,2}bank"), re.compile(r"\W{1,6}\d{4}\b")

# "Hai pagato 12,50 € a Bar Sport": a purse of which no file tells names who was paid
_PAID_TO = Worded(
    r"\b<paid_sum>\s(?:[A-Z]{3}\s?|[€$£])?\d[\d.,]{0,12}\s?(?:[A-Z]{3}|[€$£]|zł|kr)?\s<paid_whom>\s([^\n]{2,60})",
    re.IGNORECASE,
)


def _paid_by_app(mail: Mail, header: Header, knowledge: Knowledge) -> Stated[Seller] | None:
    for text in (header.subject[:300], mail.text[:1_000]):
        lowered = text.casefold()
        found = _PAID_TO.re.search(text) if any(map(lowered.__contains__, patterns.words("paid_sign"))) else None
        if found is not None:
            break
    name = _name_behind(found[1], "") if found else ""
    own = squeeze(header.sender.name)
    if found is None or not name or not own or squeeze(name) in own or own in squeeze(name):
        return None
    return Stated(_seller(name, "", knowledge), " ".join(found[0].split())[:160], "generic")


_CARD_BEFORE = Worded(r"\b(?:<card>|visa|mastercard|american express|amex)\s(?:\w{1,12}\s)?$")


def _sender(
    mail: Mail, header: Header, evidence: Evidence, knowledge: Knowledge, shop: Shop | None
) -> Iterator[Stated[Seller]]:
    sender = header.sender
    domain = "" if domains.is_shared(sender.domain) else domains.registrable(sender.domain)
    if shop is not None:
        seller = Seller(shop.id, _called(shop, sender.name), domain, shop.id, shop.country_at(domain))
        yield Stated(seller, str_of(header), "header")
    shown = names.own_name(sender.name, domain.partition(".")[0])
    private = domains.is_free_mail(sender.domain)
    if shown and not private and squeeze(shown) not in knowledge.shops.platforms:
        if written := _written_out(mail.text, shown, domains.label(domain)):
            yield Stated(_seller(written, domain, knowledge), written, "generic")
        yield Stated(_seller(shown, domain, knowledge), str_of(header), "header")
    if evidence.markup is not None and evidence.markup.seller:
        yield Stated(_seller(evidence.markup.seller, domain, knowledge), evidence.markup.seller, "markup")
    if tag := _TAG.re.match(header.subject):
        name = names.own_name(tag[1])
        if name and not name.isdigit() and not re.search(r"\d{5,}|^#", name):
            yield Stated(_seller(name, domain, knowledge), tag[0].strip(), "header")
    lists = names.load()
    for name, quote in _signed(mail.text, header.subject, lists.signed, lists.signed_before):
        yield Stated(_seller(name, domain, knowledge), quote, "generic")
    if shown:
        yield Stated(_seller(shown, domain, knowledge), str_of(header), "header")
    if not sender.name and (headed := _heading(mail.text, header.subject)):
        yield Stated(_seller(headed, domain, knowledge), headed, "generic")
    if label := domain.partition(".")[0]:
        yield Stated(_seller(label, domain, knowledge), sender.email, "header")


_PERSON = re.compile(r"[A-Z][\w'’.-]{0,20}(?: [A-Z][\w'’.-]{0,20}){1,2}")


_PARTS = re.compile(r"[\n\t]|\s[|·–-]\s")


def _written_out(text: str, shown: str, label: str) -> str:
    """The shop by its own name, where a person's name is the sender's: a short line of the mail that begins like the
    domain ("Ridge Paper Supply" of ridgepaper.example); "" where the sender's name is like the domain itself."""
    label = label.replace("-", "")
    if len(label) < 5 or not _PERSON.fullmatch(shown):
        return ""
    tight = squeeze(shown)
    if tight in label or label in tight or any(squeeze(word) in label for word in shown.split() if len(word) > 3):
        return ""
    for part in _PARTS.split(text[:READ]):
        part = part.strip()
        if 4 < len(part) <= 40 and part[0].casefold() == label[0] and squeeze(part).startswith(label):
            name = names.own_name(part)
            if _is_name(name) and "." not in name:
                return name
    return ""


def _heading(text: str, subject: str) -> str:
    """The first line of a slip, where its subject repeats it: "CAFÉ MOHN" below "Receipt of Café Mohn"."""
    first = next((line.strip() for line in text[:500].splitlines() if line.strip()), "")
    if not (1 < len(first) <= 40) or any(map(str.isdigit, first)) or squeeze(first) not in squeeze(subject):
        return ""
    at = subject.casefold().find(first.casefold())  # as the subject writes it, which is not all in capitals
    name = subject[at : at + len(first)] if at >= 0 else first
    return name if squeeze(name) != squeeze(subject) and _is_name(name) else ""


def str_of(header: Header) -> str:
    """The sender as the mail shows him."""
    sender = header.sender
    return f"{sender.name} <{sender.email}>" if sender.name else sender.email


def _called(shop: Shop, display: str) -> str:
    """A known shop by the name that the mail itself uses, where it is one of its names."""
    written = squeeze(display)
    fitting = [name for name in shop.names if squeeze(name) in written]
    return max(fitting, key=len) if fitting else shop.names[0]


def _seller(name: str, domain: str, knowledge: Knowledge) -> Seller:
    """A seller by name; a known one is recognised by his name only where his mail came from no domain of its own."""
    name = " ".join(name.split())[:LONGEST]
    if not domain and (known := knowledge.shops.for_name(name)):
        return Seller(known.id, name, "", known.id, known.country_at(""))
    return Seller(domain or squeeze(name) or name, name, domain)


# --- named by another ---------------------------------------------------------------------------------------------


def is_carrier(header: Header) -> bool:
    """Whether a carrier of parcels writes."""
    return bool(_carrier(header.sender.domain, header.sender.name))


def at_whom(mail: Mail, header: Header, evidence: Evidence, knowledge: Knowledge) -> str:
    """With whom a mail says that money was spent, by a label such as "merchant"; "" if it does not say."""
    named = _merchant(mail, header, evidence, knowledge)
    return named.value.name if named else ""


def _service(header: Header, knowledge: Knowledge) -> str:
    """The id of the payment service or carrier to whom an address belongs that no file names; "" if to none.

    Both send from domains in many countries: paypal.co.uk is PayPal, notice.colissimo.example is Colissimo.
    """
    domain = header.sender.domain
    if service := knowledge.shops.services_by_label.get(domains.label(domain)):
        return service
    return _carrier(domain, header.sender.name)


@lru_cache(4096)
def _carrier(domain: str, display: str) -> str:
    """The id of the carrier that writes from a domain, or under its name from one like it; "" if none does."""
    carriers = _carriers()
    name = squeeze(display)
    found = [carriers.domains[own] for own in domains.within(domain) if own in carriers.domains]
    if name.startswith(carriers.names):  # of the carriers, one in a thousand senders bears the name of one
        tight = domain.replace("-", "")
        found += [at for written, at in carriers.named if name.startswith(written) and written in tight]
    return carriers.ids[min(found)] if found else ""


class _Carriers(NamedTuple):
    """The carriers by place in their file, which decides where several fit."""

    ids: tuple[str, ...]
    domains: Mapping[str, int]
    named: tuple[tuple[str, int], ...]  # names of three letters or more, squeezed
    names: tuple[str, ...]


@cache
def _carriers() -> _Carriers:
    all_of_them = tuple(tracking.formats().carriers.values())
    by_domain: dict[str, int] = {}
    named: list[tuple[str, int]] = []
    for at, carrier in enumerate(all_of_them):
        for own in carrier.domains:
            by_domain.setdefault(own, at)
        named += [(name, at) for name in map(squeeze, carrier.names) if len(name) >= 3]
    return _Carriers(
        tuple(one.id for one in all_of_them), by_domain, tuple(named), tuple(dict.fromkeys(name for name, _ in named))
    )


# of these the display name is the seller's own, who has them write for him
_IN_HIS_NAME = ("payment_gateway", "payment_service")
# numbers of parcels and amounts that stand between the words of a pattern
_LONG_NUMBERS = Worded(
    r"(?<![A-Za-z0-9])[A-Z]{0,4}\d[\dA-Z-]{5,40}(?![A-Za-z0-9])\s?|"
    r"(?:\b<of_sum> )?(?:[A-Z]{0,2}[$€£₹]|[A-Z]{3})\s?\d[\d.,]{0,14}\s(?:<was_spent>\s)?|"
    r"(?:\b<of_sum> )?\d[\d.,]{0,12}\s?(?:€|EUR|zł|PLN)\s"
)


def _named_by_service(
    mail: Mail, header: Header, evidence: Evidence, knowledge: Knowledge, shop: Shop | None
) -> Iterator[Stated[Seller]]:
    own = squeeze(header.sender.name)
    if evidence.markup is not None and evidence.markup.seller and squeeze(evidence.markup.seller) not in own:
        yield Stated(_seller(evidence.markup.seller, "", knowledge), evidence.markup.seller, "markup")
    lists = names.load()
    if (shop is None or shop.role in ("card_issuer", "bank")) and (
        payee := _merchant(mail, header, evidence, knowledge, lists.sent_to)
    ) is not None:
        yield payee
    if (merchant := _merchant(mail, header, evidence, knowledge, lists.sent_by)) is not None:
        yield merchant
    if shop is not None and shop.role in _IN_HIS_NAME:
        shown = names.own_name(header.sender.name)
        label = domains.label(header.sender.domain)
        if shown and own != label and not any(squeeze(name) in own for name in shop.names):
            yield Stated(_seller(shown, "", knowledge), str_of(header), "header")
    for name, quote in _signed(mail.text, header.subject, lists.paid_to, lists.paid_to_before):
        if squeeze(name) not in own:
            yield Stated(_seller(name, "", knowledge), quote, "generic")
    if shop is None or shop.role in ("card_issuer", "bank"):
        if name := _on_its_own_line(mail.text):
            yield Stated(_seller(name, "", knowledge), name, "generic")
        for found in (*_AT_SHOP.re.finditer(mail.text[:READ]), *_BY_CARD_AT.re.finditer(mail.text[:READ])):
            if (name := _name_behind(found[1], "")) and squeeze(name) not in own:
                yield Stated(_seller(name, "", knowledge), " ".join(found[0].split())[:160], "generic")
    for line in (header.subject, *mail.text[:READ].splitlines()):
        if name := _named_first(line, lists.paid_to_first):
            yield Stated(_seller(name, "", knowledge), line.strip()[:160], "generic")
        elif (bare := _LONG_NUMBERS.re.sub("", line)) != line:  # "your parcel 15501234567890 from Maple Tools"
            for name, _ in _signed("", bare, lists.paid_to, ()):
                if squeeze(name) not in own:
                    yield Stated(_seller(name, "", knowledge), line.strip()[:160], "generic")


# "your Credit Card ending XX1234 at Maple Tools on 15/06"
_AT_SHOP = Worded(
    r"(?:[X*•x.]{0,12}\d{4}\)?\s|\d[.,]\d\d\s(?:(?:[€£$]|zł|kr|[A-Z]{3})\s)?)(?:<was_used>\s)?<at_shop>\s(?!\d{1,2}[/.])([^\n]{2,60})"
)
# "S/ 41.70 con tu Tarjeta de Débito en MAPLE MARKET": the card between amount and shop
_BY_CARD_AT = Worded(
    r"\d[.,]\d\d\s(?:[^\W\d]{1,12}\s){0,3}<card>\s(?:[^\W\d]{1,12}\s){0,3}<at_shop>\s([^\n]{2,60})", re.I
)
_SUM = re.compile(r"(?:\d{1,3}(?:,\d{3})*|\d+)(?:\.\d\d)?\s?원|\b[A-Z]{3}\s?\d[\d,]{0,12}(?:\.\d\d)?")
_NO_SHOP = Worded(r"\d{1,2}[/.:-]\d{1,2}|[\d,]{4,}\s?원|<no_shop>|[*\[\]:：@]")


# "MAPLE CAFE（買物）", as Japanese issuers write
_BOUGHT = Worded(r"([^:：\t]{2,40}?)\s?[(（]<bought>[)）]")
# "98,700원(일시불)10/13 15:48 단풍서점 누적1,960,854원": a Korean card notice in one line, the shop behind day and time
_BEHIND_ITS_TIME = Worded(
    r"\d원.{0,20}?\d\d?/\d\d?(?: \d\d?:\d\d)? (\D[^\n]{1,30}?) ?(?:<notice_goes_on>|(?<= )\d{0,4}[*]{2,6}|$)"
)
# "2025/05/10 15:30 MAPLE MART 2,468円": a Japanese one, the shop between time and amount
_BEFORE_ITS_SUM = re.compile(r"\d\d?:\d\d(?::\d\d)?\s(\D[^\n]{1,30}?)\s[\d,]{1,11}円$")


_MOMENT = re.compile(r"^\d{1,2}[/.-]\d{1,2}\s\d{1,2}:\d\d(?::\d\d)?\s")


def _on_its_own_line(text: str) -> str:
    """The shop in the few lines of a card notice, which label nothing: beside "bought", or, as Korean ones have it,
    alone on a line behind the amount."""
    lines = [line.strip() for line in text[:400].splitlines() if line.strip()]
    bought = next((found for line in lines if line[-1] in ")）" and (found := _BOUGHT.re.fullmatch(line))), None)
    if bought:
        return bought[1]
    timed = next((found for line in lines if "원" in line and (found := _BEHIND_ITS_TIME.re.search(line[:160]))), None)
    timed = timed or next((found for line in lines if (found := _BEFORE_ITS_SUM.search(line[:160]))), None)
    if timed and _is_name(timed[1]) and not _NO_SHOP.re.search(timed[1]):
        return timed[1]
    if not 3 <= len(lines) <= 9 or max(map(len, lines)) > 40:
        return ""
    amount = next((at for at, line in enumerate(lines) if _SUM.search(line)), len(lines))
    for line in lines[amount + 1 :]:
        line = _MOMENT.sub("", line)
        if _is_name(line) and not _NO_SHOP.re.search(line) and not _SUM.search(line):
            return line
    return ""


def _named_first(line: str, words: tuple[str, ...]) -> str:
    """The name with which a sentence begins: "Maple Tools sent you a refund of $20.00"."""
    lowered = line.casefold()
    for phrase in words:
        at = lowered.find(f" {phrase}")
        if 0 < at <= LONGEST and len(lowered) == len(line):
            name = names.own_name(_SENTENCE.split(line[:at])[-1].strip())
            if _is_name(name) and not name[0].islower() and fold(name) not in _pronouns():
                return name
    return ""


# IBAN (ISO 13616), in groups or in one
_PAY_INTO = re.compile(r"\b[A-Z]{2}\d{2} ?(?:[0-9A-Z]{4} ?){2,7}[0-9A-Z]{1,4}\b")


@cache
def _payees(language: str) -> frozenset[str]:
    return frozenset(folded(label, language) for label in names.load().sent_to)


def _merchant(
    mail: Mail, header: Header, evidence: Evidence, knowledge: Knowledge, more: tuple[str, ...] = ()
) -> Stated[Seller] | None:
    """What stands behind a label such as "merchant", or one of `more`, where it is not the sender himself."""
    found = evidence.extra.get("merchant")
    if not found and not more:
        return None
    wanted = {label.strip() for label in found or ()} | {folded(label, evidence.language) for label in more}
    spaceless = evidence.language in ("ko", "ja", "zh")
    own = squeeze(header.sender.name), domains.label(header.sender.domain).replace("-", "")
    above = ""
    row: list[str] = []  # the cells of a line that may be the head of a table
    for line in mail.text[:READ].splitlines():
        if row and not line.strip():
            continue  # between the head of a table and its first line
        cells = _COLUMNS.split(line.strip(" ")) if "\t" in line or "   " in line else []
        if len(row) >= 3 and len(cells) == len(row) and any(map(str.isdigit, line)):
            pairs = list(zip(map(str.strip, row), map(str.strip, cells), strict=True))
            row = []
        elif len(cells) >= 3 and not any(map(str.isdigit, line)):
            pairs, row = [], cells  # a value beside its label would have come with numbers
        else:
            pairs = [
                pair for one in (*([] if not row else ["\t".join(row)]), line) for pair in _labelled(one, bool(more))
            ]
            row = []
        if above and line.strip() and "\t" not in line:
            pairs.append((above, line.strip()))  # a label with its value on the line below
        above = line.strip(" -*ㆍ·■□▶[]:：") if 1 < len(line.strip()) <= 30 else above if not line.strip() else ""
        for label, value in pairs:
            plain = squeeze(label) if spaceless else fold(label)
            if plain not in wanted or not _is_name(value) or _OWN_ACCOUNT.re.search(value) or _SAID.search(value):
                continue
            if not more and _PAY_INTO.search(mail.text[:READ]) and plain in _payees(evidence.language):
                continue  # whose account the shop's is that asks for a transfer
            same = squeeze(value)
            if (own[0] and (same in own[0] or own[0] in same)) or same == own[1]:
                return None
            return Stated(_seller(value, "", knowledge), line.strip()[:160], "generic")
    return None


# "DBS card ending 1234", "Wallet (Mobile ending 1234)": the reader's own
_OWN_ACCOUNT = Worded(r"<\bown_account\b>.*\d{3,4}", re.I)
_SAID = re.compile(r"[。！？]$|[가-힣][.!?]$")  # a sentence in Japanese, Chinese or Korean: "출고를 시작했습니다."
_COLUMNS = re.compile(r"\t|\s{3,}")
_IN_BRACKETS = re.compile(r"[【\[]([^【】\[\]:：]{2,20})[】\]]\s?([^【】\[\]]{2,60})")
_DOTS = re.compile(r"\s[·•∙]\s")  # between labels with their values, as at the foot of Korean mails
_COLONS = re.compile("[:：]")
_BRACKETED = re.compile(r"（[^（）:：]{1,20}[:：]")  # "您的快件（寄件方：山野茶舍）"
_PIECES = re.compile(r"[，,;；、|()（）]\s?")  # between several labels with their values in one sentence


def _labelled(line: str, bracketed: bool) -> Iterator[tuple[str, str]]:
    """Label and value pairs of a line: cells side by side, "label: value"; where `bracketed`, "【label】value"."""
    cells = [cell.strip() for cell in line[:400].split("\t") if cell.strip()]
    for label, value in pairwise(cells):
        yield label.rstrip(" :："), value
    for cell in (
        *cells,
        *(_PIECES.split(line[:400]) if len(_COLONS.findall(line[:400])) > 1 or _BRACKETED.search(line[:400]) else ()),
    ):
        label, colon, value = cell.replace("：", ":", 1).partition(":")
        if colon and value.strip() and len(label) <= 30:
            yield label.strip(" -*ㆍ·■□▶[]"), value.strip()
        if bracketed and (found := _IN_BRACKETS.fullmatch(cell)):
            yield found[1], found[2].strip()
        for piece in _DOTS.split(cell):
            label, space, value = piece.partition(" ")
            if space and not colon and len(piece) <= LONGEST:
                yield label.strip("-*ㆍ·■□▶[]【】"), value.strip()


def _is_name(value: str) -> bool:
    return 1 < len(value) <= LONGEST and "@" not in value and "://" not in value and any(map(str.isalpha, value))


# --- signed -------------------------------------------------------------------------------------------------------

_SENTENCE = re.compile(r"[.!?。！？\n\t](?=\s|$)|[\n\t。！？]")


def _signed(text: str, subject: str, patterns: tuple[str, ...], before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Names that a subject or text gives in one of the patterns, with the words around them."""
    text = f"{subject}\n{text[:READ]}"
    lowered = text.casefold()
    if len(lowered) == len(text):  # else positions differ
        for pattern in patterns:
            lead, _, tail = pattern.partition("{name}")
            at = lowered.find(lead) if lead else -1
            if at < 0 or (at and lowered[at - 1].isalnum()):
                continue
            name = _name_behind(text[at + len(lead) : at + len(lead) + LONGEST + 20], tail)
            if name:
                yield name, " ".join(text[at : at + len(lead) + len(name) + len(tail)].split())
    for words in before:
        at = text.find(words)
        if at > 0:
            lead = _SENTENCE.split(text[max(0, at - 40) : at])[-1]
            name = names.own_name(lead.strip().rpartition(" ")[2])
            if _is_name(name) and len(name) <= 25:
                yield name, f"{name}{words}"
    for found in _RIGHTS.finditer(text) if any(sign in lowered for sign in _RIGHTS_SIGNS) else ():
        name = names.own_name(_NO_NAME.re.sub("", found[1]))
        if _is_name(name):
            yield name, " ".join(found[0].split())[:160]


_NAME_ENDS = Worded(r"[,;:(|]|\s[-–—]\s|\s<name_ends>\s")


def _name_behind(rest: str, tail: str) -> str:
    """The name at the beginning of `rest`: capitalised or foreign words, up to `tail` or the end of the sentence."""
    piece = _SENTENCE.split(rest)[0]
    piece = _NAME_ENDS.re.split(piece)[0]
    if tail:
        head, found, _ = re.sub(r"[-–]", " ", piece).casefold().partition(tail.replace("-", " "))
        if not found:
            return ""
        piece = piece[: len(head)]
    words = piece.split()[:5]
    while words and not (words[0][0].isupper() or words[0][0].isdigit() or not words[0].isascii()):
        return ""
    name = names.own_name(" ".join(words))
    return name if _is_name(name) and fold(name) not in _pronouns() else ""


@cache
def _pronouns() -> frozenset[str]:
    return frozenset(map(fold, patterns.words("no_payee")))
