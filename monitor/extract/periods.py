"""Days on which the user's own rights hang, and what is said of his claims, as mails of shops and services state them.

In charge of asking `knowledge.periods` for what a mail of this kind can tell, with the words that prove it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from monitor import money
from monitor.extract.context import Context, quoted
from monitor.knowledge import periods, refusals
from monitor.types import Finding, Kind, Mail, Stated, Verdict

_DEBITS = frozenset({Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.SHIPPED})
_PROTECTS = frozenset({Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.SHIPPED, Kind.DELAYED, Kind.SELLER_REPLY})


def added(finding: Finding, mail: Mail, verdict: Verdict, context: Context) -> Finding:
    """The finding with the end of a buyer's protection, the day of a debit, what is said of a dispute, and the seller's
    no to a cancellation or a refund."""
    if verdict.kind is Kind.DISPUTE_UPDATE:
        return _with_case(finding, mail, verdict, context)
    if verdict.kind in _PROTECTS and (until := _day(periods.PROTECTED_UNTIL, mail, verdict, context)) is not None:
        finding = replace(finding, protected_until=until)
    answers = verdict.kind is not Kind.SHIPPED or bool(mail.header.references)
    if verdict.kind in refusals.KINDS and answers and (no := refused(mail)) is not None:
        finding = replace(finding, outcome=no)
    if verdict.kind is Kind.REFUND and finding.total is None and finding.partial is None:
        subject = (mail.forwarded or mail.header).subject
        if all_of_it := periods.whole_refund(subject, mail.text):
            finding = replace(finding, partial=Stated(False, quoted(all_of_it), "generic"))
    if verdict.kind in _DEBITS and (debit := _day(periods.DEBIT_ON, mail, verdict, context)) is not None:
        finding = replace(finding, debit_on=debit)
    return finding


def refused(mail: Mail) -> Stated[str] | None:
    """That the seller refuses a cancellation or a refund in this mail, whatever else it is; None where he does not."""
    no = refusals.refusal(mail.text)  # in whatever language: a short answer does not tell surely
    return Stated(periods.REFUSED, quoted(no), "generic") if no else None


def case_number(mail: Mail, verdict: Verdict) -> Stated[str] | None:
    """The number under which a dispute is kept, of a mail about one."""
    if verdict.kind is not Kind.DISPUTE_UPDATE:
        return None
    number = periods.case_number((mail.forwarded or mail.header).subject, mail.text)
    if number is None or money.mask_card_numbers(number[0]) != number[0]:  # the number of a card, whatever its label
        return None
    return Stated(number[0], quoted(number[1], number[0]), "generic")


def _with_case(finding: Finding, mail: Mail, verdict: Verdict, context: Context) -> Finding:
    """What a mail about a dispute says of it: its number, the day of its opening, its outcome."""
    subject = (mail.forwarded or mail.header).subject
    if (ended := periods.outcome(subject, mail.text)) is not None:
        finding = replace(finding, outcome=Stated(ended[0], quoted(ended[1]), "generic"))
    if (number := case_number(mail, verdict)) is not None:
        finding = replace(finding, case_number=number)
    if (opened := periods.case_opened(mail.text, verdict.language, context.near, context.order)) is not None:
        finding = replace(finding, case_opened=Stated(opened[0], quoted(opened[1]), "generic"))
    if finding.case_number is None and finding.outcome is None and finding.case_opened is None:
        # a protection that was extended is no claim that was opened
        finding = replace(finding, protected_until=_day(periods.PROTECTED_UNTIL, mail, verdict, context))
    return finding


def _day(name: str, mail: Mail, verdict: Verdict, context: Context) -> Stated[date] | None:
    found = periods.day(name, mail.text, verdict.language, context.near, context.order)
    return None if found is None else Stated(found[0], quoted(found[1]), "generic")
