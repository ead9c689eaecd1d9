"""One mail through the whole reading, and what is demanded of it. Needs nothing but the program itself."""

from __future__ import annotations

import json
import resource
import time
import zlib
from dataclasses import fields, replace
from datetime import UTC, datetime

from monitor import knowledge, parse
from monitor.classify import classify, triage
from monitor.extract import extract
from monitor.knowledge import Knowledge
from monitor.run import output
from monitor.types import Finding, Kind, Mail, RawMail, Stated, Verdict

NOW = datetime(2026, 11, 22, tzinfo=UTC)
READ_ANYWAY = tuple(kind for kind in Kind if kind not in (Kind.OTHER, Kind.BOUNCE, Kind.AUTO_REPLY))
SECONDS = 0.5  # of processor time that any mail may cost
SECONDS_PER_MB = 1.5
MEMORY = 150  # MB that the peak of the process may grow by with one mail of at most 1 MB
LONGEST_QUOTE = 600


class Broken(AssertionError):
    """The reading of a mail broke a promise."""


def one(content: bytes) -> None:
    """Read a mail in every way in which the program may read it. Raises what the program raises, or `Broken`."""
    peak = _peak()
    took = _timed(content)
    allowed = SECONDS + SECONDS_PER_MB * len(content) / 1e6
    if took > allowed and (took := min(took, _timed(content))) > allowed:
        raise Broken(f"{took:.2f} s of processor time for {len(content):,} bytes")
    if (grown := _peak() - peak) > MEMORY:
        raise Broken(f"{grown:.0f} MB for {len(content):,} bytes")


def _timed(content: bytes) -> float:
    started = time.process_time()
    read(content)
    return time.process_time() - started


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read(content: bytes) -> tuple[Mail, Verdict, Finding]:
    """The chain. What is no purchase is read for values all the same, as a kind and in a language chosen by its sum."""
    known: Knowledge = knowledge.load()
    header = parse.header(content)
    triage(header, known)
    mail = parse.mail(RawMail("fuzz", "INBOX", 1, 1, None, content), now=NOW)
    parse.failed_recipients(mail)
    parse.returned_message_ids(mail)
    _check_mail(mail)
    verdict = classify(mail, known)
    if verdict.kind not in READ_ANYWAY:
        extract(mail, verdict, known)
        number = zlib.crc32(content)
        languages = tuple(known.languages)
        verdict = replace(
            verdict, kind=READ_ANYWAY[number % len(READ_ANYWAY)], language=languages[(number >> 8) % len(languages)]
        )
    finding = extract(mail, verdict, known)
    _check_finding(verdict, finding)
    return mail, verdict, finding


def _check_mail(mail: Mail) -> None:
    for name, text in (
        ("text", mail.text), ("quoted", mail.quoted), ("subject", mail.header.subject),
        ("sender", mail.header.sender.name), ("address", mail.header.sender.email),
    ):  # fmt: skip
        _demand(_storable(text), f"{name} cannot be stored")
        _demand("\x00" not in text and "\r" not in text, f"{name} has control characters")
        _demand(not any("\x01" <= c <= "\x05" for c in text), f"{name} has marks of our own")
    _demand(mail.received_at.utcoffset() is not None, "a naive moment")
    _demand(len(mail.header.identity) == 32, "no identity")


def _check_finding(verdict: Verdict, finding: Finding) -> None:
    for field in fields(finding):
        value = getattr(finding, field.name)
        for stated in value if isinstance(value, tuple) else (value,):
            if isinstance(stated, Stated):
                _demand(len(stated.quote) <= LONGEST_QUOTE, f"{field.name}: a quote of {len(stated.quote)} characters")
    told = json.dumps(output.reading_json("mail", verdict, finding), ensure_ascii=False)
    _demand(_storable(told), "a finding that cannot be stored")


def _storable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _demand(held: bool, otherwise: str) -> None:
    if not held:
        raise Broken(otherwise)
