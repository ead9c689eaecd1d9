"""What in a mail speaks for which kind, and what ties it to a purchase at all.

In charge of collecting: phrases by place (subject, first lines, below), status words standing alone, anchors (an
order number by its label, an amount by "total", a tracking number, "your order"), and the marks of adverts, lists,
personal mail and lures. Weighs phrases by place and length; decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monitor.classify import language as languages
from monitor.classify.compiled import BODY, STARTS, SUBJECT, WEAK, Compiled, Hits, compiled
from monitor.knowledge import Knowledge, domains
from monitor.knowledge.phrases import fold, squeeze
from monitor.types import Header, Kind, Mail

READ = 12_000  # characters of the text that are looked at
FIRST = 600  # folded characters that count as the first lines


@dataclass(slots=True)
class Evidence:
    """All that was found. `score` and `words` per kind; the rest counts for or against a purchase."""

    language: str
    score: dict[Kind, float] = field(default_factory=dict)
    words: dict[Kind, list[str]] = field(default_factory=dict)
    in_subject: set[Kind] = field(default_factory=set)
    order_number: str = ""
    amount: str = ""
    tracking: str = ""
    own: list[str] = field(default_factory=list)
    advert: float = 0.0
    lures: list[str] = field(default_factory=list)
    extra: dict[str, list[str]] = field(default_factory=dict)
    subject_extra: dict[str, list[str]] = field(default_factory=dict)
    markup: str = ""

    def add(self, kind: Kind, points: float, words: str) -> None:
        """Counts `points` for `kind`, and remembers the words."""
        self.score[kind] = self.score.get(kind, 0.0) + points
        found = self.words.setdefault(kind, [])
        if words.strip() not in found:
            found.append(words.strip())


_PREFIX = re.compile(
    r"\s{0,5}(?:(?:re|aw|wg|fw|fwd|sv|vs|tr|rv|rif|antw|doorst|回复|转发|返信|転送|답장|회신|전달)\s?(?:\[\d{1,3}\])?\s?[:：]"
    r"|\[[^\[\]]{1,60}\]|【[^【】]{1,60}】)\s{0,5}",
    re.IGNORECASE,
)


def subject_of(subject: str) -> str:
    """The subject without "Re:" and what stands in brackets before it."""
    rest = subject
    for _ in range(6):
        found = _PREFIX.match(rest)
        if not found or found.end() >= len(rest):
            break
        rest = rest[found.end() :]
    return rest


def collect(mail: Mail, header: Header, knowledge: Knowledge) -> Evidence:
    """The evidence in a mail; `header` is the one that counts (of the inner mail, where one was forwarded)."""
    text = mail.text[:READ]
    subject = subject_of(header.subject)
    words = fold(text)
    plain = f"{fold(subject)} {words.replace(chr(10), ' ')}"
    spoken = languages.detect(f"{subject}\n{text}", plain.split(), knowledge)
    evidence = Evidence(spoken)
    codes = [spoken] if spoken in knowledge.languages else list(knowledge.languages)
    if spoken in knowledge.languages and spoken != "en":
        codes.append("en")
    for code in codes:
        chosen = compiled(knowledge, code)
        if chosen is None:
            continue
        body = squeeze(text) if chosen.spaceless else words
        head = squeeze(header.subject) if chosen.spaceless else fold(header.subject)
        short = squeeze(subject) if chosen.spaceless else fold(subject)
        factor = 0.6 if code == "en" and spoken != "en" and spoken in knowledge.languages else 1.0
        _phrases(evidence, chosen, head, short, body, factor)
        _status(evidence, chosen, header.subject, body, factor)
    _anchors(evidence, header.subject, text, knowledge, spoken)
    return evidence


def _phrases(evidence: Evidence, chosen: Compiled, head: str, short: str, body: str, factor: float) -> None:
    in_head = chosen.find(chosen.pad(head))
    padded = chosen.pad(body)
    in_body = chosen.find(padded)
    spans = _longest(in_head)
    for kind, lists in in_head.kinds.items():
        best = 0.0
        for part, points in ((SUBJECT, 5.0), (STARTS, 5.0), (BODY, 4.5), (WEAK, 1.0)):
            for phrase in lists[part]:
                if part == STARTS and not chosen.pad(short).startswith(phrase):
                    continue
                if any(phrase != longer and phrase in longer and kind not in kinds for longer, kinds in spans.items()):
                    continue
                value = points + _length(phrase, chosen.spaceless)
                if part != WEAK:
                    evidence.in_subject.add(kind)
                evidence.add(kind, 0.0, phrase)
                best = max(best, value)
        if best:
            evidence.add(kind, best * factor, "")
    for kind, lists in in_body.kinds.items():
        points = sorted((_place(padded, phrase, chosen) for phrase in lists[BODY]), reverse=True)
        for rank, value in enumerate(points[:4]):
            evidence.add(kind, factor * value / (1 + rank), "")
        for phrase in lists[BODY][:4]:
            evidence.add(kind, 0.0, phrase)
        evidence.add(kind, min(1.6, 0.4 * len(lists[WEAK])) * factor, "")
    for name, phrases in in_body.extra.items():
        evidence.extra.setdefault(name, []).extend(phrases)
    for name, phrases in in_head.extra.items():
        evidence.subject_extra.setdefault(name, []).extend(phrases)


def _longest(hits: Hits) -> dict[str, set[Kind]]:
    out: dict[str, set[Kind]] = {}
    for kind, lists in hits.kinds.items():
        for part in (SUBJECT, STARTS, BODY):
            for phrase in lists[part]:
                out.setdefault(phrase, set()).add(kind)
    return out


def _length(phrase: str, spaceless: bool) -> float:
    return min(3.0, (len(phrase) - 2) / 2 if spaceless else phrase.count(" ") - 2) * 0.7


def _place(padded: str, phrase: str, chosen: Compiled) -> float:
    at = padded.find(phrase)
    first = FIRST // 2 if chosen.spaceless else FIRST
    return (3.0 if at < first else 1.3) + 0.4 * _length(phrase, chosen.spaceless)


def _status(evidence: Evidence, chosen: Compiled, subject: str, body: str, factor: float) -> None:
    found: dict[Kind, tuple[str, int]] = {}
    for number, line in enumerate(body.split("\n")[:200]):
        if len(line) <= 40:
            for kind in chosen.status.get(line, ()):
                found.setdefault(kind, (line, number))
    if len(found) > 3:  # the steps of a progress bar, or a menu
        found = {}
    for kind, (words, number) in found.items():
        evidence.add(kind, (2.5 if number < 12 else 1.5) * factor, words)
    for segment in re.split(r"[|:\-–—,()\[\]!/·]", subject)[:12]:
        for kind in chosen.status.get(squeeze(segment) if chosen.spaceless else fold(segment), ()):
            evidence.add(kind, 4.0 * factor, segment)
            evidence.in_subject.add(kind)


_NUMBER = r"(?=[A-Za-z0-9_/-]{0,40}\d)[A-Za-z0-9][A-Za-z0-9_/-]{2,40}"
_AMOUNT = re.compile(
    r"(?:[$€£¥￥₩]|\b(?:US|USD|EUR|GBP|KRW|JPY|CNY|RMB|CHF|CAD|AUD|HKD|TWD|INR|SEK|DKK|NOK|PLN)\b\.?)\s?\d[\d., '’]{0,14}"
    r"|\d[\d.,'’]{0,14}\s?(?:[€£$¥₩]|원|円|元|\b(?:USD|EUR|GBP|KRW|JPY|CNY|RMB|CHF|CAD|AUD|HKD|TWD|INR)\b|euros?\b)",
)


def _anchors(evidence: Evidence, subject: str, text: str, knowledge: Knowledge, spoken: str) -> None:
    joined = f"{subject}\n{text}"
    for name in ("own", "order_number", "total", "tracking"):
        evidence.extra.setdefault(name, []).extend(evidence.subject_extra.get(name, []))
    evidence.own = evidence.extra["own"]
    if evidence.extra["order_number"]:
        pattern = _labels(knowledge, spoken, "order_number")
        found = pattern.search(joined) if pattern else None
        evidence.order_number = found[0] if found else ""
    if evidence.extra["tracking"]:
        pattern = _labels(knowledge, spoken, "tracking")
        found = pattern.search(joined) if pattern else None
        evidence.tracking = found[0] if found else ""
    amount = _AMOUNT.search(joined)
    if amount and evidence.extra["total"]:
        evidence.amount = amount[0]


_PATTERNS: dict[tuple[int, str, str], re.Pattern[str]] = {}


def _labels(knowledge: Knowledge, spoken: str, name: str) -> re.Pattern[str] | None:
    key = (id(knowledge), spoken, name)
    if key not in _PATTERNS:
        codes = [spoken] if spoken in knowledge.languages else list(knowledge.languages)
        if "en" not in codes:
            codes.append("en")
        labels: set[str] = set()
        for code in codes:
            for phrase in getattr(knowledge.languages[code].triage, name):
                gap = r"\s?" if knowledge.languages[code].spaceless else r"[\s.\-']{1,3}"
                parts = phrase if knowledge.languages[code].spaceless else phrase.split(" ")
                labels.add(gap.join(re.escape(part) for part in parts))
        inner = "|".join(sorted(labels, key=len, reverse=True))
        _PATTERNS[key] = re.compile(rf"(?:{inner})[^\w\n]{{0,12}}\n?[^\w\n]{{0,6}}{_NUMBER}", re.IGNORECASE)
    return _PATTERNS[key]


def personal(header: Header) -> bool:
    """Whether the sender's address is one that anybody can have."""
    return domains.is_free_mail(header.sender.domain)
