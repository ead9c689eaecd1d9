"""Days on which the user's own rights hang, and how a claim ended, as mails of shops and services state them.

In charge of asking `knowledge.periods` for what a mail of this kind can tell, with the words that prove it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from monitor.extract.context import Context, quoted
from monitor.knowledge import periods
from monitor.types import Finding, Kind, Mail, Stated, Verdict

_DEBITS = frozenset({Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.SHIPPED})
_PROTECTS = frozenset({Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.SHIPPED, Kind.DELAYED, Kind.SELLER_REPLY})


def added(finding: Finding, mail: Mail, verdict: Verdict, context: Context) -> Finding:
    """The finding with the end of a buyer's protection, the day of a debit, and the outcome of a dispute."""
    if verdict.kind is Kind.DISPUTE_UPDATE:
        ended = periods.outcome(mail.header.subject, mail.text)
        return finding if ended is None else replace(finding, outcome=Stated(ended[0], quoted(ended[1]), "generic"))
    if verdict.kind in _PROTECTS and (until := _day(periods.PROTECTED_UNTIL, mail, verdict, context)) is not None:
        finding = replace(finding, protected_until=until)
    if verdict.kind in _DEBITS and (debit := _day(periods.DEBIT_ON, mail, verdict, context)) is not None:
        finding = replace(finding, debit_on=debit)
    return finding


def _day(name: str, mail: Mail, verdict: Verdict, context: Context) -> Stated[date] | None:
    found = periods.day(name, mail.text, verdict.language, context.near, context.order)
    return None if found is None else Stated(found[0], quoted(found[1]), "generic")
