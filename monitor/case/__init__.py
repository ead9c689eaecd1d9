"""Payments that failed: was the money taken, what the customer centre will ask, and what to say to it.

In charge of a case from the error to its real end: what a mail or the user told of it (`errors`, `words`), whether it
was charged (`charge`), what is missing, what comes next and when (`fold`), and the texts for phone, chat and mail
(`texts`). A case often has no order: an error inside an app brings no mail. It does no I/O and reads no clock; which
mails belong to a case, and where things are kept, is up to `run`.
"""

from __future__ import annotations

from monitor.case.charge import charge
from monitor.case.errors import Told, told
from monitor.case.fold import ANSWER, fold, linked_repeats
from monitor.case.texts import CHANNELS, Text, text, text_language
from monitor.case.words import FIELDS, Case, Contacted, Item, Movement, Opening, Refused, case_id, cleaned, settable

__all__ = [
    "ANSWER",
    "CHANNELS",
    "FIELDS",
    "Case",
    "Contacted",
    "Item",
    "Movement",
    "Opening",
    "Refused",
    "Text",
    "Told",
    "case_id",
    "charge",
    "cleaned",
    "fold",
    "linked_repeats",
    "settable",
    "text",
    "text_language",
    "told",
]
