"""One mail's Finding: asks each reader, compares, and keeps what stands.

In charge of the facts that hold for a whole mail (what a bare "$" means in it, which way round its dates are
written) and of merging what the markup, the layout of a known origin and the words say, and, where these leave
number or amount open, the attached PDFs. The reading itself is in the modules beside. A layout that the user taught
speaks with his word: it is not set against other readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from monitor import money
from monitor.extract import (
    amounts,
    currency,
    generic,
    layouts,
    letter,
    markup,
    numbers,
    paying,
    pdf,
    promises,
    tracking,
)
from monitor.extract.context import Context
from monitor.extract.pairs import Text
from monitor.extract.words import fold, words
from monitor.types import Finding, Kind, Mail, Money, Stated, Verdict

if TYPE_CHECKING:
    from monitor.knowledge import Knowledge

T = TypeVar("T")


def extract(mail: Mail, verdict: Verdict, knowledge: Knowledge | None = None, *, brief: bool = False) -> Finding:
    """Everything that a purchase mail states. Never raises on the content of a mail.

    `brief`: only what the machine-readable output has (number, amount, items, days of order and delivery, way of
    paying, parcels); nobody is contacted and nothing is judged by it.
    """
    if verdict.kind in (Kind.OTHER, Kind.BOUNCE, Kind.AUTO_REPLY):
        if brief or verdict.kind is not Kind.OTHER:
            return Finding(kind=verdict.kind)
        from monitor.extract import periods  # late: a brief reading wants none of it

        # without a word of a purchase, but perhaps the answer to the user's letter: only its place can tell
        return Finding(kind=verdict.kind, outcome=periods.refused(mail))
    context = context_of(mail, verdict)
    marked = markup.read(mail.html, context)
    laid = layouts.read(mail, context, knowledge.layouts) if knowledge is not None else layouts.Laid()
    number, rivals, stands_in = numbers.order_number(context)
    if stands_in and (marked.order_number is not None or laid.order_number is not None):
        number = None  # the markup or the layout names the order itself
    if laid.order_number is not None and any(_same_number(laid.order_number.value, r.value) for r in rivals):
        rivals = ()  # the layout knows which of them it is
    disagreements: list[tuple[str, tuple[Stated[str], ...]]] = [("order_number", rivals)] if rivals else []
    taught = laid.taught
    method = paying.payment_method(context)
    method = _agree("payment_method", (laid.payment_method, method), disagreements, _same_words, taught=taught)
    if method is not None and verdict.seller is not None and paying.is_in_name(method, verdict.seller.value.name):
        method = None
    payment = paying.classes(method.value, context.words) if method and not brief else None
    instalments = paying.instalments(context) if not brief else None
    if payment == "credit_card" and instalments is not None and instalments.value >= paying.INSTALMENT_SALE:
        payment = "credit_card_installment"
    named = _first(laid.order_number if taught else None, number, laid.order_number)
    parcels = tracking.read(mail, context, named.value if named else None)
    on_order = [marked.order_number, laid.order_number, number]
    stated, rival = amounts.total(context)
    on_money = [marked.total, laid.total, stated]
    if marked.total is None and laid.total is None:
        on_money.append(rival)
    paper = _Paper()
    if not (any(on_order) or rivals) or not any(on_money):
        paper = _papers(mail, verdict, context)
        if paper.numbers and not paper.stands_in and stands_in:
            on_order[-1] = None  # the paper names the order itself
        if not paper.stands_in or not any(on_order):
            on_order += paper.numbers
        on_money += paper.totals
    number = _agree("order_number", on_order, disagreements, _same_number, taught=taught)
    if number is not None and _is_case(number.value, mail, verdict):
        number = None
    total = _agree("total", on_money, disagreements, _same_value, taught=taught)
    placed = _agree(
        "placed_at", (laid.placed_at, generic.placed_at(context)), disagreements, _same_value, taught=taught
    )
    days = {
        name: _agree(name, (laid.days.get(name), generic.day(context, name)), disagreements, _same_value, taught=taught)
        for name in (("promised_by",) if brief else ("pay_by", "dispatch_by", "promised_by", "refund_by"))
    }
    promised = _first(days["promised_by"] if taught else None, marked.promised_by, days["promised_by"])
    said = promises.read(context, brief=brief) if promised is None or not brief else promises.Promises()
    seen = Finding(
        kind=verdict.kind,
        order_number=number,
        total=total,
        items=(laid.items if taught else ()) or marked.items or laid.items or generic.items(context),
        placed_at=_first(placed if taught else None, marked.placed_at, placed),
        promised_by=_first(promised, said.promised_by),
        payment_method=_first(method, marked.payment_method),
        tracking_numbers=(laid.tracking_numbers if taught else ())
        or _union(_union(laid.tracking_numbers, parcels.numbers), marked.tracking_numbers),
        carrier=_first(laid.carrier, parcels.carrier, marked.carrier),
        disagreements=tuple(disagreements),
        notes=paper.notes,
    )
    if brief:
        return seen
    from monitor.extract import contacts, identity, periods  # late: a brief reading wants none of them

    role = _role(verdict, knowledge)
    if verdict.from_service and knowledge is not None:
        payment = paying.class_by_service(payment, knowledge.shops.get(verdict.from_service), context.words)
    if payment in (None, "unnamed") and promises.is_app_store(context, role):
        payment = "app_store"
    market = verdict.seller.value.name if role is not None and verdict.seller and role.value == "marketplace" else ""
    whole = replace(
        seen,
        sold_by=generic.sold_by(context, market) if market else None,
        identity=None if verdict.from_service else identity.read(context),
        pay_by=_first(days["pay_by"], said.pay_by, paying.credit(context, method, payment)),
        dispatch_by=_first(days["dispatch_by"], said.dispatch_by),
        refund_by=_first(days["refund_by"], said.refund_by),
        answer_by=_first(generic.day(context, "answer_by"), said.answer_by),
        settlement=paying.settlement(context, method, payment),
        payment=payment if payment != "unnamed" else None,
        instalments=instalments,
        parcels=said.parcels or parcels.parcels,
        partial=said.partial,
        order_class=promises.order_class(context, total, marked.order_class, role),
        contacts=contacts.read(mail, context, [s.value for s in (*parcels.numbers, number) if s is not None]),
        stands_in=number is not None
        and (paper.stands_in if number.reader == pdf.READER else stands_in and number.reader in ("generic", "header")),
    )
    if verdict.kind is Kind.OWN_LETTER:
        return letter.added(whole, mail, verdict)
    return periods.added(whole, mail, verdict, context)


def _is_case(number: str, mail: Mail, verdict: Verdict) -> bool:
    """Whether what looks like an order's number is that of a dispute ("접수번호", "numéro de dossier")."""
    if verdict.kind is not Kind.DISPUTE_UPDATE:
        return False
    from monitor.extract import periods  # late: few mails are about a dispute

    case = periods.case_number(mail, verdict)
    return case is not None and fold(case.value) == fold(number)


def _role(verdict: Verdict, knowledge: Knowledge | None) -> Stated[str] | None:
    """What the seller is (`knowledge/shops`), with the words by which he was recognised."""
    seller = verdict.seller
    if knowledge is None or seller is None or not seller.value.known:
        return None
    shop = knowledge.shops.get(seller.value.known)
    return Stated(shop.role, seller.quote, seller.reader) if shop is not None else None


@dataclass(slots=True)
class _Paper:
    """What the attached PDFs say of the order. `stands_in`: the number is that of an invoice or receipt."""

    numbers: list[Stated[str]] = field(default_factory=list)
    totals: list[Stated[Money]] = field(default_factory=list)
    stands_in: bool = False
    notes: tuple[str, ...] = ()


_GIVEN_BACK = (Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION, Kind.RETURNED)


def _papers(mail: Mail, verdict: Verdict, context: Context) -> _Paper:
    """Number and amount from attached PDFs. What an invoice comes to is not what a refund gives back."""
    made = _Paper()
    weak: list[Stated[str]] = []
    for paper in pdf.papers(mail, verdict.kind):
        if paper.note:
            made.notes = (*made.notes, paper.note) if paper.note not in made.notes else made.notes
            continue
        country = currency.country((mail.forwarded or mail.header).sender.domain, verdict)
        inside = replace(
            context,
            text=Text(context.words, "", paper.text),
            currency=currency.shared(paper.text, country, context.words),
            source=paper.text if currency.named(paper.text) else context.source,
        )
        number, _, stands_in = numbers.order_number(inside)
        if number is not None:
            (weak if stands_in else made.numbers).append(Stated(number.value, number.quote, pdf.READER))
        total = amounts.total(inside)[0] if verdict.kind not in _GIVEN_BACK else None
        if total is not None:
            made.totals.append(Stated(total.value, total.quote, pdf.READER))
    if weak and not made.numbers:
        made.numbers, made.stands_in = weak, True
    return made


def context_of(mail: Mail, verdict: Verdict) -> Context:
    """The facts that hold for the whole mail."""
    header = mail.forwarded or mail.header
    compiled = words(verdict.language)
    sent = header.sent_at or mail.header.sent_at or mail.received_at
    near = sent.date()
    country = currency.country(header.sender.domain, verdict)
    return Context(
        text=Text(compiled, money.fold(header.subject)[:400], mail.text, mail.html),
        kind=verdict.kind,
        near=near,
        currency=currency.shared(mail.text, country, compiled),
        source=mail.text,
        order="MDY" if country in currency.MONTH_FIRST else "DMY" if country and verdict.language == "en" else "",
        own=frozenset(a.email for a in mail.header.to),
    )


def _first(*stated: Stated[T] | None) -> Stated[T] | None:
    return next((s for s in stated if s is not None), None)


def _union(first: Sequence[Stated[str]], second: Sequence[Stated[str]]) -> tuple[Stated[str], ...]:
    known = {fold(s.value) for s in first}
    return (*first, *(s for s in second if fold(s.value) not in known))


def _same_number(one: str, other: str) -> bool:
    one, other = fold(one), fold(other)
    return one == other or one in other or other in one


def _same_value(one: object, other: object) -> bool:
    return one == other


def _same_words(one: str, other: str) -> bool:
    one, other = fold(one), fold(other)
    return one in other or other in one


def _agree(
    field: str,
    readings: Sequence[Stated[T] | None],
    disagreements: list[tuple[str, tuple[Stated[str], ...]]],
    same: Callable[[T, T], bool],
    *,
    taught: bool,
) -> Stated[T] | None:
    """The value on which all readers that found one agree, of the first of them (of texts the longest); where they
    disagree none, and a question. What a taught layout found stands whatever the others say."""
    found = [stated for stated in readings if stated is not None]
    if not found:
        return None
    if taught and (word := next((stated for stated in found if stated.reader.startswith("layout:")), None)):
        return word
    if all(same(found[0].value, other.value) for other in found[1:]):
        if isinstance(found[0].value, str):
            return max(found, key=lambda stated: len(str(stated.value)))
        return found[0]
    disagreements.append((field, tuple(Stated(_as_text(s.value), s.quote, s.reader) for s in found)))
    return None


def _as_text(value: object) -> str:
    return f"{value.amount} {value.currency}" if isinstance(value, Money) else str(value)
