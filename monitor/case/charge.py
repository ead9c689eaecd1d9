"""Was the money taken? What the mails say, and what the user says; his word is the last.

In charge of one answer with its reason. A receipt proves that money was taken; no receipt proves nothing: then the
user is asked to look at his card, account or phone bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from monitor.case.words import Movement

SAME_TIME = timedelta(hours=24)
"""Two receipts of one sum from one seller within this time are one purchase charged twice, unless two orders were
confirmed."""


def charge(movements: Sequence[Movement], said: str | None) -> tuple[str, str]:
    """(`yes` `no` `twice` `refunded` `later` `unknown`, because `mail` `you` or "").

    `movements` in order of time, all after the error; `said`: the user's last word, None where he said nothing.
    """
    charges = _distinct([one for one in movements if one.kind == "charge"])
    confirmed = [one for one in movements if one.kind == "confirmed"]
    refunds = _distinct([one for one in movements if one.kind == "refund"])
    kept = len(charges) - len(refunds)
    if charges and kept <= 0:
        return "refunded", "mail"
    if said == "no" and not charges:
        return "no", "you"
    if said == "twice" and kept < 2:
        return "twice", "you"
    close = [one for one, after in pairwise(charges) if after.at - one.at <= SAME_TIME]
    orders = {one.order_id for one in confirmed}
    if close and kept >= 2 and len(orders) < 2:
        return "twice", "mail"
    if refunds and not charges:  # what was given back had been taken, though no mail said so
        return "refunded", "mail"
    if confirmed:
        return "later", "mail"
    if charges:
        return "yes", "mail"
    if said == "yes":
        return "yes", "you"
    return "unknown", "you" if said == "unknown" else ""


def _distinct(found: Sequence[Movement]) -> list[Movement]:
    """Shop and payment service both report one charge: same sum within minutes, and not two numbers of one sender."""
    kept: list[Movement] = []
    for one in found:
        twin = next(
            (
                other
                for other in kept
                if one.at - other.at <= timedelta(minutes=30)
                and (one.amount is None or other.amount is None or one.amount == other.amount)
                and (not one.number or not other.number or one.number == other.number)
            ),
            None,
        )
        if twin is None:
            kept.append(one)
    return kept
