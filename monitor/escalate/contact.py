"""How the seller can be reached: the one address, number or page to use among those that his own mails name.

In charge of never choosing an address that nobody reads, that is the user's own, that came back, or that a mail of
failed authentication names. It decides neither whether nor when to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor import knowledge
from monitor.types import Address, Authentication, Event, Kind, Order, Reading, Source

if TYPE_CHECKING:
    from monitor.knowledge import Shop

_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'\-]{0,63}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9\-]{1,30}")
# The local part with dots, dashes and underscores taken out, so that "do-not.reply" and "donotreply" are one word.
_UNREAD_ANYWHERE = re.compile(
    r"noreply|donotreply|dontreply|noreturn|norespond|noresponder|noresponda|nepasrepondre|nonrispondere|keineantwort"
    r"|nichtantworten|nietbeantwoorden|plznoreply|sendonly|mailonly|mailerdaemon|postmaster|notification|autoconfirm"
    r"|autoreply|autobevestiging|automail|automated|unsubscribe|발신전용"
)
_UNREAD_WORD = re.compile(
    r"notify|noti|notice|bounces?|alerts?|news|newsletters?|marketing|promo|mailer|daemon|robot|bot|auto|system|donot"
    r"|nobody|null|abuse"
)
_UNREAD_NAME = re.compile(r"발신\s?전용|no.?reply|do not reply|회신\s?불가", re.IGNORECASE)
_DESK = re.compile(
    r"cs|csc|cscenter|voc|callcenter|help|helpdesk|support|services?|customers?|customercare|customerservice|contact|care"
    r"|contactus|customersupport|ask|hello|hi|info|inquiry|qna|desk|kundenservice|kundendienst|clientes|sav|reklamation"
)
_OTHER_OFFICE = re.compile(
    r"privacy|dpo|gdpr|datenschutz|legal|law|press|pr|media|jobs|careers?|recruit|hr|sales|biz|business|partners?"
    r"|partnership|ads?|investor|ir|security|webmaster|admin|hostmaster|root|dev|tech|copyright|safety|ethics"
)


def _words(address: Address) -> list[str]:
    return re.split(r"[._+\-\d]", address.email.rpartition("@")[0].lower())


def unread(address: Address) -> bool:
    """Whether an address is one that nobody reads: no-reply, notification, bounce and the like, or marked send-only."""
    local = address.email.rpartition("@")[0].lower()
    return bool(
        _UNREAD_ANYWHERE.search(re.sub(r"[._+\-]", "", local))
        or any(map(_UNREAD_WORD.fullmatch, _words(address)))
        or _UNREAD_NAME.search(address.name[:200])
    )


def usable(address: Address, own: Collection[str] = ()) -> bool:
    """Whether a letter may go to `address`: well formed, read by somebody, and not the user's own."""
    return (
        _ADDRESS.fullmatch(address.email) is not None
        and address.email.lower() not in {mine.lower() for mine in own}
        and not unread(address)
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    address: Address
    rank: int
    authentication: Authentication
    place: int  # later mails have higher places

    def key(self) -> tuple[int, int, bool, int]:
        return (self.rank, _office(self.address), self.authentication is not Authentication.PASS, -self.place)


def seller_contact(order: Order, own: Collection[str] = ()) -> tuple[str, str | None, str | None]:
    """Channel, address (or number, or page) and warning for a letter to the seller.

    Addresses come from the seller's own mails only, never from one whose authentication is `fail`, never from those of
    a payment service or carrier, and never one that came back. First the address to which a person at the seller's
    asked to be answered; then one that the mails name, best at the seller's domain; then the sender itself where it
    looks like a desk. Without an address: phone, page or chat as the mails name them, else the seller's web form.

    A marketplace's own address is never the seller: where no seller's address is known the text is for the
    marketplace's message form.
    """
    mine = {address.lower() for address in own} | _users_own(order)
    failed = _failed(order)
    market = _marketplace(order)
    candidates = [
        candidate
        for candidate in _candidates(order)
        if usable(candidate.address, mine)
        and candidate.address.email.lower() not in failed
        and not (market is not None and _of_market(candidate, market))
    ]
    if candidates:
        best = min(candidates, key=_Candidate.key)
        proven = any(
            other.address.email == best.address.email and other.authentication is Authentication.PASS
            for other in candidates
        )
        return "email", best.address.email.lower(), None if proven else "draft.warning.unauthenticated"
    if market is not None:  # its phone and pages are those of its own desk
        return "web_form", None, "draft.warning.no_address"
    for channel in ("web_form", "chat", "phone", "letter"):
        for contact, authentication in order.contacts:
            if contact.channel == channel and authentication is not Authentication.FAIL:
                proven = authentication is Authentication.PASS
                warning = "draft.warning.no_address" if proven else "draft.warning.no_address_unauthenticated"
                return channel, contact.value, warning
    return "web_form", None, "draft.warning.no_address"


def _marketplace(order: Order) -> Shop | None:
    """The marketplace that the mails of this order come from, where it is one."""
    shop = knowledge.load().shops.get(order.seller.known) if order.seller.known else None
    return shop if shop is not None and shop.role == "marketplace" else None


def _of_market(candidate: _Candidate, market: Shop) -> bool:
    """Whether an address is the marketplace's own; one below its domain is not, where a person answered through it."""
    email, domain = candidate.address.email.lower(), candidate.address.domain.lower()
    if domain in market.domains or email in market.addresses:
        return True
    return candidate.rank > 0 and any(domain.endswith("." + own) for own in market.domains)


def _candidates(order: Order) -> Iterator[_Candidate]:
    service_domains = set()
    for place, (event, reading) in enumerate(_seller_mails(order)):
        if reading.verdict.from_service:
            service_domains.add(reading.sender.domain)
            continue
        human = event.kind in (Kind.SELLER_REPLY, Kind.DELAYED) and not reading.auto_submitted
        for address, named in ((reading.reply_to, True), (reading.sender, False)):
            if address is None:
                continue
            at_home = _at(address, order.seller.domain)
            if human and event.kind == Kind.SELLER_REPLY:
                rank = 0
            elif at_home and (named or _office(address) == 0):
                rank = 2
            else:
                rank = 4 if named or at_home else 5
            # Reply-To goes before From of the same mail.
            yield _Candidate(address, rank, reading.authentication, 2 * place + named)
    for contact, authentication in order.contacts:
        if contact.channel != "email" or authentication is Authentication.FAIL:
            continue
        address = Address("", contact.value.strip().lower())
        if address.domain in service_domains and not _at(address, order.seller.domain):
            continue
        yield _Candidate(address, 1 if _at(address, order.seller.domain) else 3, authentication, 0)


def _seller_mails(order: Order) -> Iterator[tuple[Event, Reading]]:
    for event in sorted(order.events, key=lambda event: event.at):
        reading = event.reading
        if event.source is not Source.MAIL or reading is None or reading.own or reading.program:
            continue
        if reading.authentication is Authentication.FAIL:
            continue
        if event.kind in (Kind.BOUNCE, Kind.OWN_LETTER, Kind.OTHER):
            continue
        yield event, reading


def _users_own(order: Order) -> set[str]:
    """Addresses that must be the user's: he wrote from them, or the shop's machine wrote to them."""
    found: set[str] = set()
    for event in order.events:
        reading = event.reading
        if reading is None:
            continue
        if reading.own or event.kind == Kind.OWN_LETTER:
            found.add(reading.sender.email.lower())
        elif event.kind not in (Kind.SELLER_REPLY, Kind.BOUNCE):
            found.update(address.email.lower() for address in reading.to)
    return found


def came_back(order: Order) -> set[str]:
    """Addresses that a bounce about this order names as not reached."""
    return {
        address.lower()
        for event in order.events
        if event.kind == Kind.BOUNCE and event.reading is not None
        for address in event.reading.failed_recipients
    }


def _failed(order: Order) -> set[str]:
    """Addresses not to be tried again: those that a bounce names, or those of a last letter that came back."""
    found = came_back(order)
    if order.bounced and order.letters:
        found |= recipients(max(order.letters, key=lambda event: event.at))
    return found


def _at(address: Address, domain: str) -> bool:
    return bool(domain) and (address.domain.lower() == domain or address.domain.lower().endswith("." + domain))


def _office(address: Address) -> int:
    """0 a desk that answers customers, 1 anybody, 2 an office for something else (privacy, press, jobs)."""
    words = _words(address)
    if any(map(_OTHER_OFFICE.fullmatch, words)):
        return 2
    return 0 if any(map(_DESK.fullmatch, words)) else 1


def recipients(event: Event) -> set[str]:
    """To whom a letter of the user, or one that the program sent, went."""
    if event.reading is not None:
        return {address.email.lower() for address in event.reading.to if address.email}
    to = event.payload.get("to", "")
    return {to.lower()} if to else set()
