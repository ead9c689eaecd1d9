"""A case as its opening, what the user said and what the mails show add up; and which cases are the same again.

In charge of the list of what the customer centre will ask, of the status and of the one next thing to do. An error
counts as solved when a mail shows it (the money came back, or the order went through after all) or the user says so;
a seller's word that it is solved is an answer, not a solution.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from monitor.case.charge import charge
from monitor.case.words import Case, Contacted, Item, Movement, Opening, cleaned, parse_amount
from monitor.knowledge import payment_errors
from monitor.types import Event, Seller, Span, Unit

ANSWER = Span(3, Unit.BUSINESS_DAYS)
"""Until when an answer is expected where the user set no `expect.answer`: ours, not the law's."""

AGAIN = timedelta(days=180)
"""The same error within this time is a repetition."""

FORGOTTEN = timedelta(days=30)
"""A failure that only a mail told of, and of which nobody spoke for so long, asks for nothing any more."""

_LAST_FOUR = re.compile(
    r"(?:\*{2,20}|[•x]{2,20}|끝\s?(?:번호|자리)|ending(?: in| with)?|[-(])\s?-?\s?(\d{4})(?!\d)", re.IGNORECASE
)
_LONE_FOUR = re.compile(r"(?<![\d.,:/-])(\d{4})(?![\d.,:/-])")


def fold(
    opening: Opening,
    said: Sequence[Event],
    movements: Sequence[Movement],
    answers: Sequence[Contacted],
    *,
    today: date,
    zone: tzinfo,
    currency: str,
    add: Callable[[date, Span], date],
    answer: Span = ANSWER,
) -> Case:
    """The case as of `today` (in the user's zone).

    `said`: events of the case by time (opened, set, contact, attached, detached, closed, reopened). `movements`,
    `answers`: what mails show after the error, by time. `add` turns a day and a span into the day on which it ends.
    """
    values: dict[str, str] = {}
    contacted: list[Contacted] = []
    files: list[str] = []
    closed: tuple[str, datetime] | None = None
    for event in said:
        payload = event.payload
        match event.kind:
            case "opened":
                values |= {name: value for name, value in payload.items() if value}
            case "set":
                values[payload.get("field", "")] = payload.get("value", "")
            case "contact":
                contacted.append(
                    Contacted(
                        event.at, payload.get("channel", ""), payload.get("whom", ""), payload.get("said", ""),
                        payload.get("case_number", ""),
                    )
                )  # fmt: skip
            case "attached":
                files.append(payload.get("attachment", ""))
            case "detached":
                files = [one for one in files if one != payload.get("attachment")]
            case "closed":
                closed = (payload.get("value", "solved"), event.at)
            case "reopened":
                closed = None
    case = _facts(opening, values, currency)
    charged, because = charge(movements, values.get("charged"))
    everything = tuple(sorted((*contacted, *answers), key=lambda one: one.at))
    answer_by = _answer_by(everything, zone, add, answer)
    status = _status(case, charged, closed, everything, answer_by, today)
    if status == "ready" and not said and not opening.by_hand and today - case.at.astimezone(zone).date() > FORGOTTEN:
        status = "old"
    level = 2 if status == "late" or len(case.attempts) > 1 or _asked_twice(everything) else 1
    numbers = [one.case_number for one in everything if one.case_number]
    if values.get("case_number"):
        numbers.append(values["case_number"])
    case = replace(
        case,
        movements=tuple(movements),
        charged=charged,
        charged_because=because,
        contacted=everything,
        files=tuple(files),
        status=status,
        level=level,
        case_numbers=tuple(dict.fromkeys(numbers)),
        answer_by=answer_by,
        call_at=_moment(values.get("call_at")),
        last_safe_day=_last_safe_day(case, charged, zone),
        closed_at=closed[1] if closed else None,
        items=_items(case, opening, values, files),
        touched=opening.by_hand or bool(said),
    )
    if status == "ready" and case.missing:
        case = replace(case, status="preparing")
    step, on = _next(case, zone)
    return replace(case, next=step, next_on=on)


def _facts(opening: Opening, values: Mapping[str, str], currency: str) -> Case:
    """What is known of the payment: the user's word before that of the mails."""
    known = payment_errors.load()
    method = cleaned(values.get("method") or opening.method)
    named = known.method(method) if method else None
    last_four = values.get("last_four", "")
    if not last_four and (named is None or named.asks == "card"):
        found = _LAST_FOUR.search(method) or _LONE_FOUR.search(method)
        last_four = found[1] if found else ""
    issuer = values.get("issuer", "")
    if not issuer and named is not None and named.asks == "card":
        issuer = _issuer(method)
    at = _moment(values.get("at")) or opening.at
    told_code = opening.error_code.value if opening.error_code else ""
    seller = opening.seller
    if values.get("seller") and (opening.by_hand is False or not seller.name):
        seller = Seller(seller.key, values["seller"], seller.domain, seller.known, seller.country)
    return Case(
        id=opening.id,
        at=at,
        seller=seller,
        by_hand=opening.by_hand,
        language=opening.language,
        amount=parse_amount(values["amount"], currency) if values.get("amount") else opening.amount,
        method=method,
        payment=named.payment if named is not None and named.payment else opening.payment,
        issuer=issuer,
        last_four=last_four,
        carrier=values.get("carrier") or known.carrier(method),
        error_code=values.get("error_code") or told_code,
        account=values.get("account") or opening.account,
        app_version=values.get("app_version", ""),
        device=values.get("device", ""),
        message=values.get("message", ""),
        causes=opening.causes,
        attempts=opening.attempts,
        movements=(),
        charged="unknown",
        charged_because="",
        items=(),
        contacts=opening.contacts,
        contacted=(),
        files=(),
        status="ready",
        next="nothing",
        next_on=None,
        level=1,
        earlier=(),
        order_id=values.get("order") or opening.order_id,
        order_number=opening.order_number,
        call_at=None,
        case_numbers=(),
        answer_by=None,
        last_safe_day=None,
        closed_at=None,
        mails=opening.mails,
    )


_NOT_AN_ISSUER = re.compile(r"\*+|•+|\d[\d\s*•-]*|ending( in| with)?|끝\s?(번호|자리)|[()\[\]/,:：-]", re.IGNORECASE)


def _issuer(method: str) -> str:
    """ "신한카드 ****1234" -> "신한카드": the words of a card without its digits."""
    return " ".join(_NOT_AN_ISSUER.sub(" ", method).split())[:40]


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def asks(case: Case) -> str:
    """By what such a payment is found: card, carrier, account, or "" where the way of paying is not known."""
    named = payment_errors.load().method(case.method) if case.method else None
    if named is not None:
        return named.asks
    if "card" in case.payment or case.payment in ("visa", "mastercard", "amex", "jcb"):
        return "card"
    return {"mobile_carrier": "carrier"}.get(case.payment, "account" if case.payment else "")


def _items(case: Case, opening: Opening, values: Mapping[str, str], files: Sequence[str]) -> tuple[Item, ...]:
    """What the customer centre will ask for. Never a whole card number, an expiry date or a password."""

    def item(key: str, value: str, *names: str, required: bool = True) -> Item:
        told = any(values.get(name) for name in names) or (opening.by_hand and bool(value))
        return Item(key, required, value, ("you" if told else "mail") if value else "")

    kind = asks(case)
    found = [item("seller", case.seller.name, "seller"), item("method", case.method, "method")]
    if kind == "card":
        found.append(item("card", f"{case.issuer} {case.last_four}".strip() if case.last_four else "", "last_four"))
    if kind == "carrier":
        found.append(item("carrier", case.carrier, "carrier", "method"))
    found += [
        item("time", case.at.isoformat(), "at"),
        item("amount", f"{case.amount.amount} {case.amount.currency}" if case.amount else "", "amount"),
        item("account", case.account, "account"),
        item("error_code", case.error_code, "error_code", required=False),
        item("screenshot", str(len(files)) if files else "", required=False),
        item("app_version", case.app_version, "app_version", required=False),
        item("device", case.device, "device", required=False),
    ]
    return tuple(found)


def _answer_by(
    contacted: Sequence[Contacted], zone: tzinfo, add: Callable[[date, Span], date], answer: Span
) -> date | None:
    """The day until which an answer to the last contact is expected; None where nobody was asked, or he answered."""
    if not contacted or contacted[-1].channel == "answer":
        return None
    return add(contacted[-1].at.astimezone(zone).date(), answer)


def _status(
    case: Case, charged: str, closed: tuple[str, datetime] | None, contacted: Sequence[Contacted],
    answer_by: date | None, today: date,
) -> str:  # fmt: skip
    if closed is not None:
        return closed[0]
    if charged in ("refunded", "later"):
        return "solved"
    if not contacted:
        return "ready"
    if answer_by is None:
        return "answered"
    return "late" if today > answer_by else "waiting"


def _asked_twice(contacted: Sequence[Contacted]) -> bool:
    return sum(one.channel != "answer" for one in contacted) > 1


def _last_safe_day(case: Case, charged: str, zone: tzinfo) -> date | None:
    """The last day of the month of the payment, for carrier billing whose money may be gone.

    Rule kr-micropay-month: until then the whole payment can be cancelled; afterwards it is given back to an account.
    """
    if case.payment != "mobile_carrier" or charged in ("no", "refunded", "later"):
        return None
    day = case.at.astimezone(zone).date()
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _next(case: Case, zone: tzinfo) -> tuple[str, date | None]:
    """The one thing to do now, and its day where it has one."""
    if not case.open:
        return "nothing", None
    call = case.call_at.astimezone(zone).date() if case.call_at else None
    match case.status:
        case "preparing":
            return "fill_in", call
        case "ready":
            return "contact", call
        case "waiting":
            return "wait", case.answer_by
        case "late":
            return "contact_again", call
    return "confirm", None


def linked_repeats(cases: Iterable[Case]) -> list[Case]:
    """The cases, each with the ids of earlier ones of the same seller within half a year; those are asked for more.

    Where both name an error code, it has to be the same one: another error is another matter.
    """
    found: list[Case] = []
    for case in sorted(cases, key=lambda one: (one.at, one.id)):
        earlier = tuple(other.id for other in found if _same(other, case))
        found.append(replace(case, earlier=earlier, level=2 if earlier else case.level))
    return found


def _same(earlier: Case, later: Case) -> bool:
    if later.at - earlier.at > AGAIN:
        return False
    known, name = earlier.seller.known, payment_errors.fold(earlier.seller.name)
    alike = (
        earlier.seller.key == later.seller.key
        or (bool(known) and known == later.seller.known)
        or (bool(name) and name == payment_errors.fold(later.seller.name))
    )
    codes = {earlier.error_code, later.error_code} - {"", "none"}
    return alike and len(codes) < 2
