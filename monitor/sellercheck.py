"""What the mails and the user's own history say of a seller, and where to look up the rest by hand.

In charge of the points (each good, bad, unknown or a mere note, with its words as values), of counting signs of fraud,
and of the links for what only a person can look up. It calls no network, accuses nobody, and decides nothing: two
signs open the ladder's way to the police (`FRAUD_SIGNALS_NEEDED`), the user walks it.

Of what a mail does not say nothing follows, with one exception: who states a business number but no number of his
notification as a mail-order seller shows a gap that Korean law does not allow him (전자상거래법 제10조, 제12조).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor import render
from monitor.knowledge import domains
from monitor.types import Authentication, Judgement, Order, Source

FRAUD_SIGNALS_NEEDED = 2
"""Signs of fraud from which on the police is a step: "two or more of" (facts, which body)."""

LINKS = Path(__file__).parent / "knowledge" / "seller_links.toml"

FINDINGS = ("registered", "not_registered", "listed", "not_listed", "site_closed", "several_victims", "reviews_bad")
"""What the user may have found by looking it up: `say ORDER seller_check=...`."""

_BAD_FINDINGS = frozenset({"not_registered", "listed", "site_closed", "several_victims"})
_PRIVATE_CHAT = ("open.kakao.com", "t.me/", "line.me/ti/p", "wa.me/")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at. `says`: good, bad, unknown, note. `key` names the message `seller.<key>`.

    `value` is put into the message; `signal`: whether it counts as a sign of fraud.
    """

    key: str
    says: str
    value: str = ""
    signal: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A page where something can be looked up by hand. `name`, `what` per language; `rule`: its id in the rights table.

    `source`: where the address is from; nobody is sent to an address without one.
    """

    id: str
    url: str
    rule: str
    countries: tuple[str, ...]
    cross_border: bool | None
    name: dict[str, str]
    what: dict[str, str]
    source: tuple[str, ...]
    certainty: str


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier or later order with the same seller, and how it went: arrived, refunded, late, open, lost, failed."""

    order_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class SellerCheck:
    """The points, the links, words to search for by hand, and the signs of fraud among the points."""

    points: tuple[Point, ...]
    links: tuple[Link, ...]
    searches: tuple[str, ...]
    past: tuple[Past, ...] = ()

    @property
    def fraud_signals(self) -> tuple[str, ...]:
        return tuple(point.key for point in self.points if point.signal)

    @property
    def suspicious(self) -> bool:
        """Whether there are enough signs of fraud for the police to be a step."""
        return len(self.fraud_signals) >= FRAUD_SIGNALS_NEEDED


def check(
    order: Order, *, country: str, cross_border: bool, imitates: str | None = None, past: Sequence[Past] = ()
) -> SellerCheck:
    """What can be said of the seller of `order` to a user in `country` (ISO 3166-1).

    `cross_border`: the seller is abroad. `imitates`: why his address looks like that of a known shop, None if it does
    not. `past`: the other orders with him.
    """
    points = [
        *_authentication(order, imitates),
        *_identity(order, country, cross_border),
        *_contact(order),
        *_payment(order),
        *_history(past),
        *_found(order),
    ]
    links = tuple(
        link for link in load_links()
        if country in link.countries and (link.cross_border is None or link.cross_border == cross_border)
    )  # fmt: skip
    return SellerCheck(tuple(points), links, tuple(searches(order.seller.name)), tuple(past))


def said(point: Point, language: str) -> str:
    """A point as a sentence in `language`; values of mails are cleaned already."""
    value = point.value
    if point.key == "contact.stated":
        value = ", ".join(render.word("seller.by", way, language) for way in value.split(", "))
    return render.message(f"seller.{point.key}", language, value=value)


def searches(name: str) -> Iterable[str]:
    """Words to search for by hand, to find what other buyers say: name and complaint. No search engine is asked."""
    shown = render.mask_cards(render.one_line(name, 60))
    if not shown:
        return ()
    korean = any("가" <= sign <= "힣" for sign in shown)
    words = ("사기", "연락두절", "환불", "후기") if korean else ("scam", "no delivery", "refund", "reviews")
    return tuple(f'"{shown}" {word}' for word in words)


def _authentication(order: Order, imitates: str | None) -> Iterable[Point]:
    match order.authentication:
        case Authentication.PASS:
            yield Point("authentication.pass", "good")
        case Authentication.FAIL:
            yield Point("authentication.fail", "bad", signal=True)
        case _:
            yield Point("authentication.none", "unknown")
    if imitates:
        yield Point("imitates", "bad", signal=True)


def _identity(order: Order, country: str, cross_border: bool) -> Iterable[Point]:
    identity = order.identity
    domestic = country == "KR" and not cross_border
    if identity is None or identity.registration is None:
        if order.seller.known:
            yield Point("known", "good", order.seller.name)
        else:
            yield Point("registration.unstated", "unknown")
        return
    number = render.code(identity.registration.value)
    if identity.checksum_ok is False:
        yield Point("registration.wrong", "bad", number, signal=True)
    else:
        yield Point("registration.right" if identity.checksum_ok else "registration.stated", "good", number)
    if domestic:
        if identity.permit is not None:
            yield Point("permit.stated", "good", render.code(identity.permit.value))
        else:
            yield Point("permit.missing", "bad", signal=not order.seller.known)


def _contact(order: Order) -> Iterable[Point]:
    channels = {contact.channel for contact, _ in order.contacts}
    identity = order.identity
    if identity is not None:
        channels |= {name for name in ("phone", "email", "address") if getattr(identity, name) is not None}
    named = [name for name in ("phone", "email", "address", "web_form", "chat") if name in channels]
    if named:
        yield Point("contact.stated", "good", ", ".join(named))
    else:
        yield Point("contact.missing", "bad")
    free = sorted({one.domain for one in order.senders if one.domain and domains.is_free_mail(one.domain)})
    if free:
        yield Point("free_mail", "bad", free[0], signal=True)
    if order.bounced:
        yield Point("unreachable", "bad", signal=True)
    private = [c.value for c, _ in order.contacts if any(word in c.value.casefold() for word in _PRIVATE_CHAT)]
    if private:
        yield Point("private_chat", "bad", signal=True)


def _payment(order: Order) -> Iterable[Point]:
    """Money by bank transfer comes back by nobody's hand but the seller's; through a card or a service others help.

    As a sign of fraud it counts only with a seller who is no known shop and states no business number.
    """
    if order.payment in ("bank_transfer", "bank_transfer_toss"):
        stated = order.identity is not None and order.identity.registration is not None
        yield Point("bank_transfer", "bad", signal=not order.seller.known and not stated)
    elif order.payment in ("credit_card", "credit_card_installment", "paypal", "easy_pay", "easy_pay_card"):
        yield Point("protected_payment", "good")


def _history(past: Sequence[Past]) -> Iterable[Point]:
    if not past:
        yield Point("history.none", "note")
        return
    good = sum(one.outcome in ("arrived", "refunded") for one in past)
    bad = sum(one.outcome in ("late", "lost") for one in past)
    yield Point("history", "bad" if bad > good else "good" if good else "note", f"{good}/{len(past)}")
    if bad >= 2 and not good:
        yield Point("history.bad", "bad", str(bad))


def _found(order: Order) -> Iterable[Point]:
    """What the user found by looking it up; his last word on each."""
    said = [
        event.payload.get("value", "")
        for event in order.events
        if event.source is Source.USER and event.kind == "set" and event.payload.get("field") == "seller_check"
    ]
    rivals = {"registered": "not_registered", "not_registered": "registered", "listed": "not_listed",
              "not_listed": "listed"}  # fmt: skip
    kept: dict[str, None] = {}
    for word in said:
        kept.pop(rivals.get(word, ""), None)
        kept[word] = None
    for word in kept:
        if word in FINDINGS:
            bad = word in _BAD_FINDINGS
            yield Point(f"found.{word}", "bad" if bad or word == "reviews_bad" else "good", signal=bad)


def outcome(order: Order, judgement: Judgement) -> str:
    """How an order went: arrived, refunded, lost (closed with money out), failed (never paid), late, open."""
    if order.fully_refunded:
        return "refunded"
    if order.payment_failed_at is not None:
        return "failed"
    if order.closed_at is not None and order.delivered_at is None and order.cancelled_at is None and order.paid:
        return "lost"
    if order.delivered_at is not None and order.arrived_said is not False:
        return "arrived"
    return "late" if judgement.flagged else "open"


@cache
def load_links() -> tuple[Link, ...]:
    """The pages of `seller_links.toml`, in the order of the file."""
    data = tomllib.loads(LINKS.read_text("utf-8"))
    return tuple(
        Link(
            id=one["id"],
            url=one["url"],
            rule=one["rule"],
            countries=tuple(one["countries"]),
            cross_border=one.get("cross_border"),
            name=one["name"],
            what=one["what"],
            source=tuple(one["source"]),
            certainty=one["certainty"],
        )
        for one in data["link"]
    )
