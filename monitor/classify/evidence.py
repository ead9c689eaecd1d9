"""What in a mail speaks for which kind, and what ties it to a purchase at all.

In charge of collecting: phrases by place (subject, first lines, below), status words standing alone, markup, anchors
(an order number by its label, an amount by "total", a tracking number, "your order"), and the marks of adverts,
lures and automatic answers. Weighs phrases by place and length; decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import repeat

from monitor.classify import language as languages
from monitor.classify import markup, offers
from monitor.classify.compiled import BODY, STARTS, SUBJECT, WEAK, Compiled, Hits, compiled
from monitor.classify.wording import Folded, Wording
from monitor.knowledge import Knowledge, patterns, values
from monitor.knowledge.patterns import Worded
from monitor.knowledge.phrases import fold, folded, squeeze
from monitor.knowledge.words import KINDS
from monitor.types import Header, Kind, Mail

READ = 10_000  # characters of the text that are looked at
FIRST = 600  # folded characters that count as the first lines
_ANSWERS = (Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE)
# what happens to an order that was thanked for; any mail about it may thank again
_LATER = frozenset((
    Kind.SHIPPED, Kind.DELIVERED, Kind.DELAYED, Kind.CANCELLATION, Kind.REFUND, Kind.PAYMENT_FAILED,
))  # fmt: skip
STRONG = 3.0  # points of a kind that says what happened
LABELLED, EARLY, LATE = 5.0, 2.5, 1.2  # points of a status word, by where it stands


@dataclass(slots=True)
class Evidence:
    """All that was found. `score` and `words` per kind; the rest counts for or against a purchase."""

    language: str
    written: Folded  # subject and text, folded for the language
    text: str = ""  # the beginning of the mail's text, without what it merely offers
    score: dict[Kind, float] = field(default_factory=dict)
    words: dict[Kind, list[str]] = field(default_factory=dict)
    in_subject: dict[Kind, float] = field(default_factory=dict)
    definite: set[Kind] = field(default_factory=set)  # kinds with more than weak words
    said: set[Kind] = field(default_factory=set)  # kinds of which whole phrases say that it happened
    order_number: bool = False
    amount: bool = False
    tracking: bool = False
    extra: dict[str, list[str]] = field(default_factory=dict)  # other lists, by "table.key", in subject and body
    subject_extra: dict[str, list[str]] = field(default_factory=dict)
    markup: markup.Markup | None = None

    def add(self, kind: Kind, points: float, words: str = "", *, weak: bool = False) -> None:
        """Counts `points` for `kind`, and remembers the words; `weak` ones can be said in mails of any kind."""
        self.score[kind] = self.score.get(kind, 0.0) + points
        if not weak:
            self.definite.add(kind)
        words = words.strip()
        if words and words not in (found := self.words.setdefault(kind, [])):
            found.append(words)

    def count(self, name: str) -> int:
        """How many phrases of another list were found in the whole mail."""
        return len(self.extra.get(name, ()))


# "Re:" in the languages at hand, and what stands in brackets before a subject; each at most a few times
_PREFIX = Worded(
    r"\s{0,5}(?:(?:<reply_prefix>|<forward_prefix>)"
    r"\s?(?:\[\d{1,3}\])?\s?[:：]|\[[^\[\]]{1,60}\]|【[^【】]{1,60}】|<[^<>]{1,60}>)\s{0,5}",
    re.IGNORECASE,
)


_REPLY = Worded(r"\s{0,5}(?:\[[^\]]{2,40}\]\s?)?<reply_prefix>\s?(?:\[\d{1,3}\])?\s?[:：]", re.I)


# "Re: Order KS-94": a number too short to be known as one anywhere else
_SHORT_NUMBER = re.compile(r"(?<![A-Za-z0-9-])(?:[A-Z]{2,5}-\d{1,4}|#\d{1,4})(?![A-Za-z0-9-])")


def is_answer(header: Header) -> bool:
    """Whether the subject says that the mail answers another."""
    return _REPLY.re.match(header.subject) is not None


def subject_of(subject: str) -> str:
    """The subject without "Re:" and what stands in brackets before it."""
    rest = subject
    for _ in range(6):
        found = _PREFIX.re.match(rest)
        if not found or found.end() >= len(rest):
            break
        rest = rest[found.end() :]
    return rest


def collect(mail: Mail, header: Header, knowledge: Knowledge) -> Evidence:
    """The evidence in a mail; `header` is the one that counts (of the inner mail, where one was forwarded)."""
    subject = header.subject[:500]
    wording = Wording(subject, subject_of(subject), mail.text[:READ])
    spoken = _language(wording, knowledge)
    if spoken in knowledge.languages:
        evidence, text = _without_offers(wording, mail, header, knowledge, spoken)
    else:  # too few words to tell by: the language that makes most of them
        latin = [code for code, language in knowledge.languages.items() if not language.spaceless]
        several = [_without_offers(wording, mail, header, knowledge, code) for code in latin]
        evidence, text = max(several, key=lambda pair: _weight(pair[0]))
        if not _weight(evidence):
            evidence.language = "und"
    if spoken == "en" and max(evidence.score.values(), default=0.0) < STRONG:  # "Ihre Bestellung wurde versandt" alone
        heading = languages.by_words(wording.spaced.short.split(), knowledge)
        if heading != spoken and heading in knowledge.languages:
            other, text_of_other = _without_offers(wording, mail, header, knowledge, heading)
            if max(other.score.values(), default=0.0) > max(evidence.score.values(), default=0.0):
                evidence, text = other, text_of_other
    evidence.text = text
    _answer(evidence, mail, header)
    evidence.markup = markup.read(mail.html)
    if evidence.markup is not None and evidence.markup.kind is not None:
        evidence.add(evidence.markup.kind, 4.0)
    return evidence


def _without_offers(
    wording: Wording, mail: Mail, header: Header, knowledge: Knowledge, spoken: str
) -> tuple[Evidence, str]:
    """The evidence by the words of one language, and the text of which it was taken."""
    text = said = mail.text[:READ]
    offering = offers.words(knowledge, spoken)
    if offering is not None and offering.can_offer(written := wording.folded(spaceless=offering.spaceless)):
        said = offers.without(text, offering.within(written))
    if said == text:
        return _collect(wording, header, knowledge, spoken), said
    evidence = _collect(Wording(wording.subject, wording.short, said), header, knowledge, spoken)
    chosen = compiled(knowledge, spoken)
    if chosen is not None:  # "if you did not order this, cancel here" is what impostors offer
        lures = chosen.find(wording.folded(spaceless=chosen.spaceless).bare).extra.get("advert.lures", ())
        known = evidence.extra.setdefault("advert.lures", [])
        known += [lure for lure in lures if lure not in known]
    return evidence, said


def _language(wording: Wording, knowledge: Knowledge) -> str:
    eastern = languages.by_script(f"{wording.short}\n{wording.text[: languages.SAMPLE]}")
    if eastern:
        return eastern
    spaced = wording.spaced
    return languages.by_words([*spaced.short.split(), *spaced.words[: languages.FIRST_WORDS]], knowledge)


def answers_about_an_order(mail: Mail, knowledge: Knowledge, language: str) -> bool:
    """Whether the letter that a mail quotes below its answer names an order by its number."""
    chosen = compiled(knowledge, language)
    if not mail.quoted or chosen is None:
        return False
    quoted = Folded("", "", mail.quoted[:3000], spaceless=chosen.spaceless).padded
    return _followed(quoted, chosen.find(quoted).extra.get("order_number", ()), _number())


def states_refund(mail: Mail, language: str) -> bool:
    """Whether the text has an amount behind a label such as "refund amount"."""
    labels = _value_labels(language, "refund")
    above = ""
    for line in mail.text[:READ].split("\n")[:200]:
        label, _, value = line.replace("：", ":").replace("\t", ":", 1).partition(":")
        plain = folded(label, language) if len(label) <= 40 else ""
        if plain in labels and any(c.isdigit() for c in value):
            return True
        if above in labels and line[:20].strip("₩€$£¥ ")[:1].isdigit():
            return True
        above = plain if plain and not value.strip() else ""
    return False


@cache
def _value_labels(language: str, name: str) -> frozenset[str]:
    own = values.tables(language if language in values.LANGUAGES else "en").get("labels", {}).get(name, ())
    return frozenset(folded(str(label), language) for label in own)


def ranked(evidence: Evidence) -> list[tuple[float, Kind]]:
    """The kinds of purchase mails with their points, best first; one that rests on weak words yields to others."""
    certain = any(evidence.score[kind] >= 2.5 for kind in evidence.definite if kind is not Kind.OTHER)
    return sorted(
        (
            (points * (0.6 if certain and kind not in evidence.definite else 1.0), kind)
            for kind, points in evidence.score.items() if kind is not Kind.OTHER and points > 0
        ),
        key=lambda pair: (-pair[0], KINDS.index(pair[1])),
    )  # fmt: skip


def _weight(evidence: Evidence) -> float:
    return max(evidence.score.values(), default=0.0) + sum(map(len, evidence.extra.values())) * 0.1


def _collect(wording: Wording, header: Header, knowledge: Knowledge, spoken: str) -> Evidence:
    """The evidence by the words of one language, and of English, which is mixed into mails in any."""
    own = 0.4 if is_answer(header) else 1.0  # the subject of an answer is that of the letter it answers
    evidence = Evidence(spoken, wording.folded(spaceless=knowledge.languages[spoken].spaceless))
    for code in dict.fromkeys((spoken, "en")):
        chosen = compiled(knowledge, code)
        if chosen is None or (code != spoken and not chosen.can_speak(wording.latin)):
            continue
        written = wording.folded(spaceless=chosen.spaceless)
        factor = 1.0 if code == spoken else 0.7
        _sender(evidence, chosen, header.sender.name)
        _phrases(evidence, chosen, written, factor, own)
        _status(evidence, chosen, wording.subject, written.body, factor)
        _states(evidence, chosen, written, factor, own)
    return evidence


def _answer(evidence: Evidence, mail: Mail, header: Header) -> None:
    """An answer by a person: to a letter of the reader's, about the things of a purchase, not to a list."""
    answers = is_answer(header) or bool(mail.quoted)
    if not answers or mail.header.bulk or mail.header.auto_submitted:
        return
    short = _SHORT_NUMBER.search(header.subject)
    if short is not None and (evidence.subject_extra.get("reply.topics") or short[0] in evidence.text):
        evidence.order_number = True
    topics = evidence.count("reply.topics")
    private = Kind.OTHER in evidence.words  # "see you on Sunday" beside "your parcel came here"
    if topics and (evidence.order_number or (not private and (evidence.count("own") or topics >= 2))):
        evidence.add(Kind.SELLER_REPLY, 4.0 + 0.5 * min(topics, 4))
        for topic in evidence.extra["reply.topics"][:3]:
            evidence.add(Kind.SELLER_REPLY, 0.0, topic)


def _sender(evidence: Evidence, chosen: Compiled, name: str) -> None:
    """What the sender's name alone tells: that an office, an insurer or a school writes."""
    if name and (offices := chosen.offices[name]):
        evidence.extra.setdefault("advert.offices", []).extend(offices)


def _phrases(evidence: Evidence, chosen: Compiled, written: Folded, factor: float, own: float) -> None:
    candidates = chosen.candidates(written.keys)
    if not candidates:
        return
    in_head = chosen.hits(written.bare_head, candidates)
    longer = _by_kind(in_head)
    for kind, lists in in_head.kinds.items():
        best = 0.0
        several = 0
        for part, points in ((SUBJECT, 5.0), (STARTS, 5.0), (BODY, 4.5), (WEAK, 3.0)):
            for phrase in lists[part]:
                if part == STARTS and not written.bare_short.startswith(phrase):
                    continue
                if any(phrase in other and len(other) > len(phrase) and kind not in by for other, by in longer.items()):
                    continue
                several += part != WEAK
                best = max(best, points + _length(phrase, chosen.spaceless))
                if part == BODY:
                    evidence.said.add(kind)
                evidence.add(kind, 0.0, phrase, weak=part == WEAK)
        if best:
            value = (best + min(2, several - 1) * 0.5 if several else best) * factor * (1 if kind in _ANSWERS else own)
            evidence.add(kind, value, weak=not several)
            if several:
                evidence.in_subject[kind] = max(value, evidence.in_subject.get(kind, 0.0))
    in_body = chosen.hits(written.bare, candidates)
    longer = _by_kind(in_body)
    thanks = 0.0
    for kind, lists in in_body.kinds.items():
        points_of: dict[str, float] = {}
        for phrase in lists[BODY]:
            if any(phrase in other and len(other) > len(phrase) and kind not in by for other, by in longer.items()):
                continue
            value = _place(written.bare, phrase, chosen)
            if value > 0:
                points_of[phrase] = value
                evidence.said.add(kind)
        for rank, phrase in enumerate(sorted(points_of, key=lambda phrase: -points_of[phrase])[:4]):
            evidence.add(kind, factor * points_of[phrase] / (1 + rank), phrase)
            thanks += factor * points_of[phrase] / (1 + rank) if kind is Kind.ORDER_CONFIRMATION else 0.0
        if kind is Kind.ORDER_CONFIRMATION and not points_of.keys() <= set(lists[WEAK]):
            thanks = -1.0
        if lists[WEAK]:
            evidence.add(kind, min(1.6, 0.4 * len(lists[WEAK])) * factor, weak=True)
    if thanks > 0 and not evidence.said.isdisjoint(_LATER):  # "Your order has been shipped. Thank you for shopping!"
        evidence.add(Kind.ORDER_CONFIRMATION, -thanks, weak=True)
    for hits, kept in ((in_head, evidence.subject_extra), (in_body, evidence.extra)):
        for name, phrases in hits.extra.items():
            kept.setdefault(name, []).extend(phrases)
    for name, phrases in in_head.extra.items():
        evidence.extra.setdefault(name, []).extend(phrase for phrase in phrases if phrase not in evidence.extra[name])
    _anchors(evidence, in_head, written.head)
    _anchors(evidence, in_body, written.padded)


def _states(evidence: Evidence, chosen: Compiled, written: Folded, factor: float, own: float) -> None:
    """States said of an order with words between, in the subject and the first lines."""
    if chosen.spaceless:
        _states_behind(evidence, chosen, written.body, factor)
        return
    for kind, words in chosen.states(written.bare_short.strip()).items():
        others = (phrase for other, phrases in evidence.words.items() if other is not kind for phrase in phrases)
        said_by_another = any(words in phrase for phrase in others)
        if not evidence.in_subject.get(kind) and not said_by_another:
            evidence.add(kind, 4.5 * factor * own, words)
            evidence.in_subject[kind] = 4.5 * factor * own
    lines = 0
    said: set[Kind] = set()
    for line in written.body[: 3 * FIRST].split("\n"):
        if len(line) > 15:
            lines += 1
            if lines > 8:
                break
            for kind, words in chosen.states(line[:200]).items():
                if kind not in said:
                    said.add(kind)
                    # "the status of your order 5501 is now: dispatched"
                    told = line.endswith(words) and any(label in line for label in chosen.status_labels)
                    evidence.add(kind, (LABELLED if told else 1.5) * factor, words)


# what stands between the word for the status and the state, and behind the state: "ステータスが「発送済み」に変更"
_STATE_BEHIND = Worded("[:：]|<state_changes>")
_HEADED = re.compile(r"([^\x00-\x7f]{2,8}):?#?[a-z0-9]{4,24}([^\x00-\x7f]{2,12})")


def _states_behind(evidence: Evidence, chosen: Compiled, body: str, factor: float) -> None:
    """A state in a sentence that names the status before, in a language without spaces: "귀하의 주문 5501의 상태가
    업데이트되었습니다: 배송됨", "订单状态已更新为已发货"."""
    for line in body[: 2 * FIRST].split("\n")[:12]:
        if not 10 < len(line) <= 100:
            continue
        headed = _HEADED.fullmatch(line) if len(line) <= 40 else None  # "주문번호: 5501 - 배송중"
        if headed and headed[1] in _value_labels(chosen.code, "order_number"):
            for kind in chosen.status.get(headed[2], ()):
                evidence.add(kind, LABELLED * factor, headed[2])
        label = next((label for label in chosen.status_labels if label in line), None)
        if label is None:
            continue
        first, *others = _STATE_BEHIND.re.split(line[line.index(label) + len(label) :])[:5]
        first = first.lstrip("".join(patterns.words("state_particle")))[:20]
        states = [first[:end] for end in range(2, len(first)) if first[end:].startswith(patterns.words("state_ends"))]
        for state in dict.fromkeys((*states[-1:], *others)):
            for kind in chosen.status.get(state, ()):
                evidence.add(kind, LABELLED * factor, state)


def _by_kind(hits: Hits) -> dict[str, set[Kind]]:
    """Which kinds say a phrase: a phrase within a longer one of another kind does not count."""
    out: dict[str, set[Kind]] = {}
    for kind, lists in hits.kinds.items():
        for part in (SUBJECT, STARTS, BODY):
            for phrase in lists[part]:
                out.setdefault(phrase, set()).add(kind)
    return out


def _length(phrase: str, spaceless: bool) -> float:
    return 0.7 * min(4.0, max(0.0, (len(phrase) - 3) / 2 if spaceless else phrase.count(" ") - 2))


def _place(padded: str, phrase: str, chosen: Compiled) -> float:
    """Points of a body phrase: more in the first lines; none where all places where it stands are conditional."""
    at = padded.find(phrase)
    for _ in range(4):
        if not chosen.is_conditional(padded, at, len(phrase)):
            first = FIRST // 2 if chosen.spaceless else FIRST
            return (3.0 if at < first else 1.3) + 0.5 * _length(phrase, chosen.spaceless)
        at = padded.find(phrase, at + 1)
        if at < 0:
            break
    return 0.0


_SEGMENTS = re.compile(r"[|:\-–—,()\[\]!/·]")


def _status(evidence: Evidence, chosen: Compiled, subject: str, body: str, factor: float) -> None:
    found: dict[Kind, tuple[str, float]] = {}
    alone: set[Kind] = set()
    labels = chosen.status_labels
    before = ""
    stepped: tuple[Kind, ...] = ()  # of the line before: states side by side are the steps of a progress bar
    lines = body.split("\n")[:250]
    if chosen.status.keys().isdisjoint(lines) and not any(map(str.startswith, lines, repeat(labels))):
        lines = []
    for number, line in enumerate(lines):
        if not line:
            continue
        kinds = chosen.status.get(line, ()) if len(line) <= 40 else ()
        if kinds and before in _value_labels(chosen.code, "payment_method"):
            kinds = ()  # "Zahlungsart TAB Rechnung" names a way of paying
        if kinds and line in _value_labels(chosen.code, "order_number") and _numbered(lines, number + 1):
            kinds = ()  # "Commande" above its number is a label
        steps = bool(kinds and stepped and not set(kinds) & set(stepped))
        if steps:
            for kind in stepped:
                if kind in found and found[kind][1] != LABELLED:
                    del found[kind]
        stepped = kinds
        if steps:
            alone.update(kinds)
        elif kinds and before and any(label in before[-40:] for label in labels):
            for kind in kinds:
                found[kind] = (line, LABELLED)
        elif kinds:
            alone.update(kinds)
            for kind in kinds:
                found.setdefault(kind, (line, EARLY if number < 12 else LATE))
        elif len(line) <= 60 and line.startswith(labels):
            label = next(label for label in labels if line.startswith(label))
            for kind in chosen.status.get(line[len(label) :].strip(" :"), ()):
                found[kind] = (line, LABELLED)
        before = line
    if len(alone) > 3:  # the steps of a progress bar, or a menu
        found = {kind: entry for kind, entry in found.items() if entry[1] == LABELLED}
    for kind, (words, points) in found.items():
        evidence.add(kind, points * factor, words)
    for segment in _SEGMENTS.split(subject)[:12]:
        for kind in chosen.status.get(squeeze(segment) if chosen.spaceless else fold(segment), ()):
            evidence.add(kind, 3.0 * factor, segment)
            evidence.in_subject[kind] = max(4.0 * factor, evidence.in_subject.get(kind, 0.0))


def _numbered(lines: list[str], at: int) -> bool:
    """Whether the next line with words in it is a number and little else."""
    following = next(filter(None, lines[at : at + 3]), "")
    return len(following) <= 40 and sum(map(str.isdigit, following)) * 2 >= len(following.replace(" ", "")) > 0


# behind a label: a number of at least three digits ("05-12345" among them), or letters and digits mixed
@cache
def _number() -> re.Pattern[str]:
    joined = "|".join(dict.fromkeys(map(fold, (*patterns.words("number_word"), *patterns.words("is"), "id"))))
    return re.compile(
        rf"[ :]{{0,3}}(?:(?:{joined}) ){{0,2}}[:/ ]{{0,2}}[a-z_]{{0,8}}[ _]?[a-z]{{0,3}}"
        r"(?:\d\w{2,40}|\d{1,2} \d{4,40})"
    )


_AMOUNT = re.compile(r"\D{0,24}\d")


def _anchors(evidence: Evidence, hits: Hits, padded: str) -> None:
    """Labels with what they promise behind them."""
    if not evidence.order_number:
        evidence.order_number = _followed(padded, hits.extra.get("order_number", ()), _number())
    if not evidence.tracking:
        evidence.tracking = _followed(padded, hits.extra.get("tracking", ()), _number())
    if not evidence.amount:
        evidence.amount = _followed(padded, hits.extra.get("total", ()), _AMOUNT)


def _followed(padded: str, labels: list[str] | tuple[()], pattern: re.Pattern[str]) -> bool:
    for label in labels:
        at = padded.find(label)
        for _ in range(6):
            if at < 0:
                break
            end = at + len(label)
            if pattern.match(padded, end - 1 if label.endswith(" ") else end):
                return True
            at = padded.find(label, end - 1)
    return False
