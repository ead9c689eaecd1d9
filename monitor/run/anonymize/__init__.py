"""`anonymize`: a mail as a sample that can be shared.

In charge of replacing who the user is and what is his (names, addresses, telephones, mail addresses, numbers of
orders, parcels and cards, Message-IDs, tokens in links) and of leaving all else as it is: structure, charsets, transfer
encodings, wording, amounts, dates. The same original becomes the same replacement everywhere, of the same length and
the same kinds of characters. Attached files become empty ones of their type. What it cannot know stays: a name in the
middle of a sentence that stands nowhere else. That is why the result is to be looked at before it is shared.

    originals   what is to be replaced, found in the decoded mail
    replacing   what it is replaced with
    rewriting   the mail's bytes with the replacements in them
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import parse
from monitor.classify import classify
from monitor.extract import extract
from monitor.knowledge import Knowledge
from monitor.run import taught
from monitor.run.anonymize import originals, rewriting
from monitor.run.anonymize.replacing import Replacements
from monitor.types import Finding, Kind, RawMail

__all__ = ["Sample", "sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The anonymized mail. `changed`: fields that are no longer read as they were, "kind" among them."""

    content: bytes
    replaced: int
    changed: tuple[str, ...]
    left: tuple[str, ...]  # originals that could not be removed; nothing may be written then


def sample(
    content: bytes, knowledge: Knowledge, *, now: datetime, own: Sequence[str] = (), source: random.Random | None = None
) -> Sample:
    """A mail with all that is the user's replaced. `own`: his name and addresses; `source`: of the replacements."""
    kind, finding = _read(content, knowledge, now)
    found = originals.find(content, finding, own=own, now=now)
    replacements = Replacements(found, source or random.SystemRandom())
    made = rewriting.rewrite(content, replacements)
    kind_after, after = _read(made, knowledge, now)
    changed = ["kind"] if kind is not kind_after else []
    changed += [name for name in _FIELDS if _shape(finding, name, replacements) != _shape(after, name, None)]
    return Sample(made, len(replacements), tuple(changed), rewriting.left(made, replacements))


_FIELDS = ("order_number", "total", "items", "placed_at", "promised_by", "payment_method", "tracking_numbers",
           "carrier")  # fmt: skip


def _read(content: bytes, knowledge: Knowledge, now: datetime) -> tuple[Kind, Finding]:
    mail = parse.mail(RawMail("anonymize", "", 0, 0, None, content), now=now)
    verdict = taught.verdict(mail, classify(mail, knowledge), knowledge)
    return verdict.kind, extract(mail, verdict, knowledge)


def _shape(finding: Finding, name: str, replacements: Replacements | None) -> object:
    """A field's values, those that were read before with the replacements in them."""
    stated = getattr(finding, name)
    several = stated if isinstance(stated, tuple) else (stated,) if stated is not None else ()
    values = [one.value for one in several]
    if replacements is None:
        return values
    return [replacements.apply(value) if isinstance(value, str) else value for value in values]
