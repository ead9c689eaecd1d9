"""Failed payments as cases: opened by mails or by hand, kept, told of, and asked for a text.

In charge of which mails belong to a case (the failure itself, receipts and refunds of the same seller, sum and time,
answers that carry its case number), of the order that turns up for one opened by hand, and of recording what the user
says. What it all adds up to is `case`'s to say. Nothing of a case but the user's words is stored.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor import case, parse, render
from monitor import knowledge as knowledges
from monitor.case import Case, Contacted, Movement, Opening
from monitor.config import Config
from monitor.knowledge import Knowledge, payment_errors
from monitor.run import orders
from monitor.types import Authentication, Contact, Event, Kind, Money, RawMail, Seller, Source
from monitor.workdays import Calendar

if TYPE_CHECKING:
    from monitor.run.orders import OrderView
    from monitor.store import AttachedFile, Store

RETRY = timedelta(days=7)
"""Failures of one purchase, and the attempt that worked, lie within this time (as linking has it)."""

REFUND_WITHIN = timedelta(days=60)
EARLY = timedelta(minutes=10)
"""The clock of an app and that of a mail server differ by this much at most."""

SAME_ORDER = timedelta(days=3)
"""An order belongs to a case opened by hand where seller and sum agree and it lies this near."""

CURRENCY: Mapping[str, str] = {
    "KR": "KRW", "US": "USD", "GB": "GBP", "JP": "JPY", "CN": "CNY", "TW": "TWD", "HK": "HKD", "AU": "AUD", "CA": "CAD",
    "CH": "CHF", "PL": "PLN", "BR": "BRL", "SE": "SEK", "DK": "DKK", "NO": "NOK", "CZ": "CZK",
}  # fmt: skip
"""What an amount without a currency is in, by the user's country; elsewhere in Europe the euro."""

KINDS = ("contact", "set", "attached", "detached", "closed", "reopened", "opened")


class CaseNotFound(LookupError):
    """No case has that id."""


class CaseAmbiguous(LookupError):
    """Several cases have an id that begins so; `ids` are a few."""

    def __init__(self, reference: str, ids: tuple[str, ...]) -> None:
        super().__init__(reference)
        self.ids = ids


@dataclass(frozen=True, slots=True)
class _Told:
    """An opening with every id under which it can be known."""

    opening: Opening
    aliases: frozenset[str]


# -- reading ------------------------------------------------------------------------------------------------------


def cases(
    store: Store, config: Config, *, now: datetime, views: Sequence[OrderView] | None = None
) -> list[Case]:  # fmt: skip
    """Every case as of `now`, oldest first. `views`: the orders of `now`, where the caller has them already."""
    found = orders.orders(store, config, None, now) if views is None else views
    said: dict[str, list[Event]] = {}
    for event in store.case_events():
        said.setdefault(event.order_id, []).append(event)
    zone = ZoneInfo(config.user.timezone)
    calendar = Calendar(config.user.country, config.calendar.extra_holidays)
    waiting = _loose_readings(store, found) if said else []
    folded = []
    for told in _openings(store, config, found, said):
        opening = told.opening
        words = sorted((e for key in told.aliases for e in said.get(key, ())), key=lambda e: (e.at, e.id))
        opening = _placed(opening, words, config)
        movements = tuple(_movements(opening, found))
        opening = _hung(opening, movements, found)
        numbers = {e.payload.get("case_number", "") for e in words} - {""}
        folded.append(
            case.fold(
                opening, words, movements, _answers(opening, words, numbers, found, waiting),
                today=now.astimezone(zone).date(), zone=zone, currency=currency(config), add=calendar.add,
                answer=config.expect.answer or case.ANSWER,
            )
        )  # fmt: skip
    shown = (replace(one, seller=replace(one.seller, name=render.one_line(one.seller.name, 80))) for one in folded)
    return case.linked_repeats(list(shown))


def quick(store: Store, config: Config, *, now: datetime) -> list[Case]:
    """The same as `cases`, from few orders where all are linked and listed; else from all."""
    from monitor.run import pages
    from monitor.run.unsettled import UNSETTLED

    listed = store.get_setting(UNSETTLED) is None and pages.current(store, config, now=now)
    return (near if listed else cases)(store, config, now=now)


def near(store: Store, config: Config, *, now: datetime) -> list[Case]:
    """The same as `cases`, made from the few orders that can matter: for a page that must answer at once.

    Those are orders that failed, those that the user named, and those with the sellers of cases opened by hand, or
    with a seller at whom a payment failed: by name (a carrier or a payment service may tell of the money), or by
    what came of him after it.
    """
    from monitor.run import pages, single

    said = store.case_events()
    opened = [event.payload for event in said if event.kind == "opened"]
    named = [event.payload.get("value", "") for event in said if event.payload.get("field") == "order"]
    ids = {
        *store.orders_told_by(Kind.PAYMENT_FAILED), *filter(None, named),
        *store.listed_orders_of(
            [payload.get("seller_key", "") for payload in opened],
            [pages.folded(payload.get("seller", "")) for payload in opened],
        ),
    }  # fmt: skip
    views = single.some(store, config, ids, now=now)
    failed = [(v.order, e.at) for v in views.values() for e in v.order.events if e.kind == Kind.PAYMENT_FAILED]
    later = {
        other
        for order, at in failed
        for other in store.orders_with_seller_of(order.id, since=at - EARLY, until=at + REFUND_WITHIN)
    }
    later.update(
        store.listed_orders_of(
            {order.seller.key for order, _ in failed}, {pages.folded(order.seller.name) for order, _ in failed}
        )
    )
    views |= single.some(store, config, later - views.keys(), now=now)
    return cases(store, config, now=now, views=list(views.values()))


def find(found: Sequence[Case], reference: str) -> Case:
    """The case of that id, or whose id alone begins so (three letters at least). Raises CaseNotFound, CaseAmbiguous."""
    wanted = reference.strip().casefold()
    fitting = [one for one in found if one.id == wanted or (len(wanted) >= 3 and one.id.startswith(wanted))]
    if not fitting:
        raise CaseNotFound(reference)
    if len(fitting) > 1:
        raise CaseAmbiguous(reference, tuple(one.id for one in fitting[:5]))
    return fitting[0]


def currency(config: Config) -> str:
    """The currency of an amount that was given without one."""
    return CURRENCY.get(config.user.country, "EUR" if config.user.country else "")


def _openings(
    store: Store, config: Config, views: Sequence[OrderView], said: Mapping[str, Sequence[Event]]
) -> Iterator[_Told]:
    """Cases that mails opened, those opened by hand, and those whose mail is gone but of which the user has spoken."""
    by_mail = [told for view in views for told in _from_order(store, config, view)]
    taken: set[str] = set()
    for key, events in said.items():
        opened = next((event for event in events if event.kind == "opened"), None)
        if opened is None:
            continue
        opening = _by_hand(key, opened, config)
        twin = next(
            (t for t in by_mail if t.opening.id not in taken and _one_failure(opening, t.opening)), None
        )  # fmt: skip
        if twin is None:
            yield _Told(opening, frozenset({key}))
            continue
        taken.add(twin.opening.id)
        mails = twin.opening
        yield _Told(
            replace(
                opening, attempts=mails.attempts, causes=mails.causes, contacts=mails.contacts, mails=mails.mails,
                order_id=mails.order_id, order_number=mails.order_number, language=mails.language,
                amount=opening.amount or mails.amount, method=opening.method or mails.method,
                payment=opening.payment or mails.payment, error_code=mails.error_code,
            ),
            twin.aliases | {key},
        )  # fmt: skip
    known = {alias for told in by_mail for alias in told.aliases}
    for told in by_mail:
        if told.opening.id not in taken:
            yield told
    for key, events in said.items():
        if key not in known and not any(event.kind == "opened" for event in events):
            yield _Told(Opening(key, events[0].at, Seller("", ""), (events[0].at,), True), frozenset({key}))


def _from_order(store: Store, config: Config, view: OrderView) -> Iterator[_Told]:
    """The failed payments of one order; failures within a week are attempts of one payment."""
    failed = [e for e in view.order.events if e.kind == Kind.PAYMENT_FAILED and e.reading is not None]
    rounds: list[list[Event]] = []
    for event in failed:
        if rounds and event.at - rounds[-1][-1].at <= RETRY:
            rounds[-1].append(event)
        else:
            rounds.append([event])
    for events in rounds:
        first = events[0]
        assert first.reading is not None
        told = [_told(store, config, event) for event in events]
        finding = first.reading.finding
        own = config.own_addresses()
        contacts: dict[tuple[str, str], Contact] = {}
        for event in events:
            if event.reading is not None and event.reading.authentication is not Authentication.FAIL:
                for contact in event.reading.finding.contacts:
                    contacts.setdefault((contact.channel, contact.value), contact)
        yield _Told(
            Opening(
                id=case.case_id(first.mail or first.id),
                at=first.reading.sent_at or first.at,
                seller=view.order.seller,
                attempts=tuple(event.at for event in events),
                by_hand=False,
                language=first.reading.verdict.language,
                amount=next((e.reading.finding.total.value for e in events
                             if e.reading is not None and e.reading.finding.total is not None), None),
                method=finding.payment_method.value if finding.payment_method else "",
                payment=finding.payment or "",
                error_code=next((one.code for one in told if one.code is not None), None),
                causes=tuple({c.value: c for one in told for c in one.causes}.values()),
                account=next((to.email for to in first.reading.to if to.email in own), ""),
                contacts=tuple(contacts.values()),
                order_id=view.order.id,
                order_number=view.order.number or "",
                mails=tuple(event.mail for event in events if event.mail),
            ),
            frozenset(case.case_id(event.mail or event.id) for event in events),
        )  # fmt: skip


def _told(store: Store, config: Config, event: Event) -> case.Told:
    """What the failed-payment mail says of the error; nothing where the mail is not kept."""
    content = store.raw(event.mail) if event.mail else None
    if content is None:
        return case.Told()
    mail = parse.mail(RawMail("", "", 0, 0, event.at, content), now=event.at)
    return case.told(f"{mail.header.subject}\n{mail.text}")


def _by_hand(key: str, opened: Event, config: Config) -> Opening:
    payload = opened.payload
    zone = ZoneInfo(config.user.timezone)
    at = datetime.fromisoformat(payload["at"]) if payload.get("at") else opened.at.astimezone(zone)
    named = payment_errors.load().method(payload.get("method", ""))
    return Opening(
        id=key,
        at=at,
        seller=Seller(payload.get("seller_key", ""), payload.get("seller", ""), known=payload.get("seller_known", ""),
                      country=payload.get("seller_country", "")),
        attempts=(at,),
        by_hand=True,
        amount=_amount(payload.get("amount", ""), config),
        method=payload.get("method", ""),
        payment=named.payment if named else "",
        account=payload.get("account", ""),
        order_id=payload.get("order") or None,
    )  # fmt: skip


def _placed(opening: Opening, words: Sequence[Event], config: Config) -> Opening:
    """The opening with the moment and the sum that the user has corrected: by these its mails are found."""
    for event in words:
        name, value = event.payload.get("field"), event.payload.get("value", "")
        if event.kind == "set" and name == "at":
            opening = replace(opening, at=datetime.fromisoformat(value))
        elif event.kind == "set" and name == "amount":
            opening = replace(opening, amount=_amount(value, config) or opening.amount)
        elif event.kind == "set" and name == "order":
            opening = replace(opening, order_id=value)
    return opening


def _amount(text: str, config: Config) -> Money | None:
    from monitor.case.words import parse_amount

    return parse_amount(text, currency(config)) if text else None


def _one_failure(mine: Opening, its: Opening) -> bool:
    same_sum = mine.amount is None or its.amount is None or mine.amount == its.amount
    return _alike(mine.seller, its.seller) and same_sum and abs(mine.at - its.at) <= timedelta(days=1)


def _alike(one: Seller, other: Seller) -> bool:
    """Whether two names are one seller: by key, by a known shop, or by the beginning of the name."""
    if one.key and one.key == other.key:
        return True
    if one.known and one.known == other.known:
        return True
    short, long = sorted((payment_errors.fold(one.name), payment_errors.fold(other.name)), key=len)
    return len(short) >= 2 and long.startswith(short)


def _movements(opening: Opening, views: Sequence[OrderView]) -> list[Movement]:
    """Receipts, confirmations and refunds of the same seller and sum after the error, by time."""
    found = []
    for view in views:
        order = view.order
        own = order.id == opening.order_id or opening.order_id in view.aliases
        if order.suspicious or not (own or _alike(opening.seller, order.seller)):
            continue
        for event in order.events:
            kind = _MOVES.get(event.kind)
            reading = event.reading
            if event.source is Source.USER and event.kind == "refunded" and own:
                found.append(Movement("refund", event.at, None, event.id, order.id))
            if kind is None or reading is None or reading.authentication is Authentication.FAIL:
                continue
            amount = reading.finding.total.value if reading.finding.total else None
            if amount is None and not own:
                continue
            if amount is not None and opening.amount is not None and amount != opening.amount:
                continue
            reach = REFUND_WITHIN if kind == "refund" else RETRY
            start = opening.at - EARLY if kind == "charge" else opening.at
            if start <= event.at <= opening.at + reach:
                number = reading.finding.order_number.value if reading.finding.order_number else ""
                found.append(Movement(kind, event.at, amount, event.mail or event.id, order.id, number))
    return sorted(found, key=lambda one: (one.at, one.mail))


_MOVES: Mapping[str, str] = {
    Kind.PAYMENT_RECEIPT: "charge",
    Kind.ORDER_CONFIRMATION: "confirmed",
    Kind.SHIPPED: "confirmed",
    Kind.DELIVERED: "confirmed",
    Kind.REFUND: "refund",
    Kind.CANCELLATION: "refund",
}


def _hung(opening: Opening, movements: Sequence[Movement], views: Sequence[OrderView]) -> Opening:
    """The opening with the order that turned up for it: the nearest of the same seller and sum, if it is but one."""
    by_id = {alias: view for view in views for alias in (view.order.id, *view.aliases)}
    if opening.order_id is not None:
        view = by_id.get(opening.order_id)
        return opening if view is None else replace(
            opening, order_id=view.order.id, order_number=view.order.number or opening.order_number
        )  # fmt: skip
    near = {one.order_id for one in movements if one.kind != "refund" and abs(one.at - opening.at) <= SAME_ORDER}
    if len(near) != 1 or opening.amount is None:
        return opening
    order = by_id[near.pop()].order
    return replace(opening, order_id=order.id, order_number=order.number or "")


def _loose_readings(store: Store, views: Sequence[OrderView]) -> list[tuple[datetime, str, frozenset[str]]]:
    """Mails that belong to no order and name numbers: when, identity, the numbers."""
    homes = {event.mail for view in views for event in view.order.events if event.mail}
    homes |= store.homes().keys()  # `views` may be few of the orders
    return [
        (reading.received_at, reading.identity, frozenset(map(_fold_number, reading.body_mentions)))
        for reading in store.readings()
        if reading.identity not in homes
        and reading.body_mentions
        and not reading.own
        and reading.authentication is not Authentication.FAIL
    ]


def _fold_number(number: str) -> str:
    from monitor.link import fold_number

    return fold_number(number)


def _answers(
    opening: Opening, words: Sequence[Event], numbers: set[str], views: Sequence[OrderView],
    waiting: Sequence[tuple[datetime, str, frozenset[str]]],
) -> list[Contacted]:  # fmt: skip
    """Mails of the seller after the first contact: within the case's order, or with one of its case numbers."""
    first = min((event.at for event in words if event.kind == "contact"), default=None)
    if first is None:
        return []
    found = []
    wanted = {_fold_number(number) for number in numbers}
    for view in views:
        if view.order.id != opening.order_id:
            continue
        for event in view.order.events:
            answer = event.kind in (Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE) and event.source is Source.MAIL
            automatic = event.reading is not None and event.reading.auto_submitted
            if answer and not automatic and event.at > first:
                found.append(Contacted(event.at, "answer", said=event.mail or ""))
    for at, identity, named in waiting:
        if at > first and named & wanted:
            found.append(Contacted(at, "answer", said=identity))
    return sorted(found, key=lambda one: one.at)


# -- the user's voice ---------------------------------------------------------------------------------------------


def open_case(
    store: Store, config: Config, values: Mapping[str, str], *, now: datetime, knowledge: Knowledge | None = None
) -> str:
    """A case by hand; returns its id. `values`: of `case.FIELDS`, as the user typed them. Raises case.Refused."""
    if not values.get("seller", "").strip():
        raise case.Refused("case.refused.empty", name="seller")
    payload = {name: _value(name, value, config, now) for name, value in values.items() if value.strip()}
    shop = (knowledge or knowledges.load(config.knowledge_folder())).shops.for_name(values["seller"])
    if shop is not None:
        payload |= {"seller_key": shop.id, "seller_known": shop.id, "seller_country": shop.country}
    key = case.case_id(uuid.uuid4().hex)
    _say(store, key, "opened", payload, now)
    return key


def set_value(store: Store, config: Config, key: str, name: str, value: str, *, now: datetime) -> None:
    """Records a value of a case. Raises case.Refused."""
    kept = _value(name, value, config, now)
    if name == "order":
        kept = orders.find(orders.orders(store, config, None, now), kept).order.id
    _say(store, key, "set", {"field": name, "value": kept}, now)


def contact(
    store: Store, key: str, *, channel: str, whom: str = "", said: str = "", case_number: str = "",
    now: datetime, at: datetime | None = None,
) -> None:  # fmt: skip
    """Records a call, a chat, a mail or a form: from here an answer is waited for."""
    payload = {
        "rung": "payment_error", "channel": channel, "whom": case.cleaned(whom, 60), "said": case.cleaned(said, 1000),
        "case_number": case.cleaned(case_number, 60),
    }  # fmt: skip
    _say(store, key, "contact", {name: value for name, value in payload.items() if value}, at or now)


def close(store: Store, key: str, how: str, *, now: datetime) -> None:
    """Closes a case: `solved` or `lost`. Raises case.Refused."""
    if how not in ("solved", "lost"):
        raise case.Refused("case.refused.close", value=case.cleaned(how, 30))
    _say(store, key, "closed", {"value": how}, now)


def reopen(store: Store, key: str, *, now: datetime) -> None:
    """Opens a case again that was closed too early."""
    _say(store, key, "reopened", {}, now)


def attached(store: Store, key: str, attachment: str, *, now: datetime) -> None:
    """Records that a file (kept already) belongs to a case."""
    _say(store, key, "attached", {"attachment": attachment}, now)


def refusals(values: Mapping[str, str], config: Config, *, now: datetime) -> dict[str, case.Refused]:
    """Why these values cannot be taken, by the field: all at once, so that a form is corrected in one go."""
    found: dict[str, case.Refused] = {}
    for name, value in values.items():
        try:
            _value(name, value, config, now)
        except case.Refused as refused:
            found[name] = refused
    return found


def _value(name: str, value: str, config: Config, now: datetime) -> str:
    kept = case.settable(name, value, currency=currency(config), zone=ZoneInfo(config.user.timezone))
    if name in _MOMENTS:
        before, after = _MOMENTS[name]
        moment = datetime.fromisoformat(kept).replace(tzinfo=None)  # at the edge of the calendar no zone can be applied
        if not now.replace(tzinfo=None) - before <= moment <= now.replace(tzinfo=None) + after:
            raise case.Refused("case.refused.far_moment", value=case.cleaned(value, 60))
    return kept


_MOMENTS: Mapping[str, tuple[timedelta, timedelta]] = {
    "at": (timedelta(days=3653), timedelta(days=1)),  # an error has happened; a clock can be a zone ahead
    "call_at": (timedelta(days=3653), timedelta(days=366)),
}
"""How far back and ahead a moment can lie that somebody means."""


def _say(store: Store, key: str, kind: str, payload: Mapping[str, str], now: datetime) -> None:
    store.append_case_event(Event(uuid.uuid4().hex, key, now, kind, Source.USER, payload=dict(payload)))


def files_for(
    store: Store, config: Config, order_id: str, *, now: datetime, views: Sequence[OrderView] | None = None
) -> list[AttachedFile]:  # fmt: skip
    """The files of the cases that hang on an order: they belong to its evidence."""
    kept = store.attachments()
    return [
        kept[key]
        for one in cases(store, config, now=now, views=views)
        if one.order_id == order_id
        for key in one.files
        if key in kept
    ]


# -- texts --------------------------------------------------------------------------------------------------------


def text(
    found: Sequence[Case], one: Case, config: Config, channel: str, *, now: datetime, language: str | None = None
) -> case.Text:
    """The text of a case for `channel` (phone, chat, email): a script in the user's language, the others in theirs."""
    mine = config.user.language
    spoken = language or (mine if channel == "phone" and mine == "ko" else case.text_language(one, mine))
    zone = ZoneInfo(config.user.timezone)
    today = now.astimezone(zone).date()
    calendar = Calendar(config.user.country, config.calendar.extra_holidays)
    by_id = {other.id: other for other in found}
    return case.text(
        one,
        channel,
        language=spoken,
        timezone=config.user.timezone,
        today=today,
        writer=config.user.name,
        answer_by=calendar.add(today, config.expect.answer or case.ANSWER),
        earlier=[by_id[key] for key in one.earlier if key in by_id],
        cite=_cite(one, config, spoken, today),
        phone=phone(one, config),
        page=next((c.value for c in one.contacts if c.channel in ("chat", "web_form")), ""),
    )


def phone(one: Case, config: Config) -> tuple[str, str]:
    """A number to call and where it is from: `mail`, or `knowledge` (to be checked); ("", "") where none is known.

    Never from a search, never a placeholder: an invented number leads to an impostor.
    """
    stated = next((c.value for c in one.contacts if c.channel == "phone"), "")
    if stated and any(map(str.isdigit, stated)) and "x" not in stated.casefold():
        return stated, "mail"
    shop = knowledges.load(config.knowledge_folder()).shops.get(one.seller.known) if one.seller.known else None
    number = str(shop.contact.get("phone", "")) if shop is not None else ""
    return (number, "knowledge") if number else ("", "")


LAW = "kr-efta-8-error"
_COVERED = frozenset({"easy_pay", "easy_pay_balance", "bank_transfer", "check_card"})


def _cite(one: Case, config: Config, language: str, today: date) -> str:
    """The rule on errors of electronic payments, in a stronger request, where it may be cited and fits."""
    if one.level < 2 or config.user.country != "KR" or one.payment not in _COVERED or one.charged == "no":
        return ""
    return cite(LAW, language, config, today)


def cite(rule_id: str, language: str, config: Config, today: date) -> str:
    """How a letter names the law of a rule; "" where it may not be named, or does not hold any more."""
    from monitor.knowledge.rights import load_rights

    folder = config.knowledge_folder()
    rule = load_rights(folder if folder.is_dir() else None).rules.get(rule_id)
    return rule.cited(language) if rule is not None and rule.in_force(today) else ""
