"""`teach`: from one mail and what the user marks in it, a layout for all mails of its sender.

In charge of finding the marked texts, of deriving where they stand in words that hold for the sender's other mails
too (a label, a line, the subject, a place in the HTML), of trying the layout on the older mails in the store, and of
its file in the user's own knowledge folder. A place is only taken if the layout reads back from it exactly what was
marked. Changes no order: `rebuild` reads the kept mails again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborNode

from monitor import money, parse
from monitor.classify import classify
from monitor.config.explain import toml
from monitor.extract import extract, layouts
from monitor.extract.finding import context_of
from monitor.knowledge import Knowledge, KnowledgeError, Layouts, domains
from monitor.knowledge import layout as files
from monitor.knowledge.layout import FieldPattern, KindPattern, Layout
from monitor.run import taught
from monitor.types import Authentication, Finding, Kind, Mail, Money, RawMail, Stated, Verdict

if TYPE_CHECKING:
    from monitor.store import Store

MARKS = ("order_number", "total", "items", "tracking_numbers", "carrier", "payment_method", "placed_at", "promised_by",
         "seller")  # fmt: skip
"""What can be marked, under the names of `Finding`, and the seller."""


class NotTaught(Exception):
    """Why nothing could be learnt: `key` names a sentence of the command line's catalog, `values` belong into it."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True, slots=True)
class Trial:
    """How the layout did on the sender's older mails. `differing`: when each mail came that it reads differently."""

    agree: int = 0
    disagree: int = 0
    nothing: int = 0
    not_kept: int = 0  # mails that were ruled out when they came: only that they came is known
    differing: tuple[tuple[datetime, str], ...] = ()  # and the field


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt: the layout, its file as text, how each mark is found, and how it did on older mails."""

    layout: Layout
    text: str
    found: Mapping[str, str]  # field -> the place in plain words
    trial: Trial = field(default_factory=Trial)


# --- reading the mail ------------------------------------------------------------------------------------------------


def mail_of(content: bytes, now: datetime) -> Mail:
    """The mail in these bytes."""
    return parse.mail(RawMail("teach", "", 0, 0, None, content), now=now)


def read_now(mail: Mail, knowledge: Knowledge) -> tuple[Verdict, Finding]:
    """What is read of the mail as things are."""
    verdict = taught.verdict(mail, classify(mail, knowledge), knowledge)
    return verdict, extract(mail, verdict, knowledge)


def learn(
    mail: Mail, marks: Mapping[str, Sequence[str]], kind: Kind | None, knowledge: Knowledge, *, folder: Path,
    own: Sequence[str] = (),
) -> Lesson:  # fmt: skip
    """A layout of the mail's sender from what the user marked. `own`: the user's name and addresses, which no pattern
    may contain. Raises `NotTaught`."""
    header = mail.forwarded or mail.header
    if mail.header.authentication is Authentication.FAIL:
        raise NotTaught("forged")
    sender = _sender(header.sender.email)
    if not sender:
        raise NotTaught("no_sender")
    verdict = classify(mail, knowledge)
    if kind is None and taught.verdict(mail, verdict, knowledge).kind is Kind.OTHER:
        raise NotTaught("needs_kind", reason=verdict.reason)
    verdict = replace(verdict, kind=kind or taught.verdict(mail, verdict, knowledge).kind)
    page = layouts.Page(mail, context_of(mail, verdict))
    name = _next_name(header.sender.email, folder)
    every = frozenset(layouts.plain(text) for texts in marks.values() for text in texts)
    patterns: list[FieldPattern] = []
    found: dict[str, str] = {}
    for mark, texts in marks.items():
        for text in texts:
            if not _stands(text, mail, page):
                raise NotTaught("not_in_mail", text=text)
        if mark == "seller":
            continue
        pattern = _pattern(mark, list(texts), page, verdict.kind, every)
        patterns.append(pattern)
        found[mark] = _where(pattern)
    kinds: tuple[KindPattern, ...] = ()
    if kind is not None:
        values = [text for texts in marks.values() for text in texts]
        subject = _subject_pattern(header.subject, values, [*own, *(a.name for a in header.to)])
        kinds = (KindPattern(kind, re.compile(subject, re.IGNORECASE)),)
        found["kind"] = header.subject
    layout = Layout(
        id=name,
        origin=name.rpartition("_")[0],
        seen=(f"a mail of {page.context.near.isoformat()}, marked by the user",),
        senders=(sender,),
        html=(),
        text=(),
        subject=None,
        fields=tuple(patterns),
        kinds=kinds,
        seller=next(iter(marks.get("seller", ())), ""),
        taught=True,
    )
    if not (patterns or kinds):
        raise NotTaught("nothing_marked")
    text = written(layout)
    return Lesson(layout, text, found)


def _sender(email: str) -> str:
    """By what the sender is recognised: his domain, or his address where others write from the same domain."""
    domain = email.rpartition("@")[2]
    return email if domains.is_shared(domain) else domains.registrable(domain) or email


def _next_name(email: str, folder: Path) -> str:
    local, _, domain = email.rpartition("@")
    label = local if domains.is_shared(domain) else domains.label(domain) or domain
    stem = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_") or "seller"
    taken = [path.stem for path in (*folder.glob("layouts/*.toml"), *files.FOLDER.glob("*.toml"))]
    number = max((int(n) for s, _, n in (t.rpartition("_") for t in taken) if s == stem and n.isdigit()), default=0)
    return f"{stem}_{number + 1}"


def _fold(text: str) -> str:
    return " ".join(money.fold(text).split())


def _stands(text: str, mail: Mail, page: layouts.Page) -> bool:
    header = mail.forwarded or mail.header
    wanted = _fold(text)
    if not wanted:
        return False
    if wanted in _fold(header.subject) or wanted in _fold(header.sender.name):
        return True
    return any(wanted in _fold(line.text) for line in page.lines)


# --- where a marked text stands --------------------------------------------------------------------------------------


def _pattern(name: str, texts: list[str], page: layouts.Page, kind: Kind, every: frozenset[str]) -> FieldPattern:
    """The first place from which the layout reads back what was marked. `every`: all that was marked: no label."""
    wanted = [_value(name, text, page) for text in texts]
    for text, value in zip(texts, wanted, strict=True):
        if value is None:
            raise NotTaught(f"no_value.{_family(name)}", text=text)
    # what an order cost and what was given back stand behind the same words in mails of different kinds
    kinds = frozenset((kind,)) if name == "total" else frozenset()
    for candidate in _candidates(name, [_fold(text) for text in texts], page, every):
        if any(text in label for label in candidate.labels for text in every if len(text) > 1):
            continue
        pattern = replace(candidate, kinds=kinds)
        if (pattern.line is None or not files.not_bounded(pattern.line.pattern)) and _reads(pattern, page) == wanted:
            return pattern
    raise NotTaught("no_place", text=texts[0])


def _family(name: str) -> str:
    return "day" if name.endswith(("_at", "_by")) else name if name in ("total", "order_number") else "text"


def _value(name: str, text: str, page: layouts.Page) -> object:
    """A marked text as the value of its field, None if it cannot be one."""
    probe = FieldPattern(name, line=re.compile("(.{1,300})"))
    found = _reads(probe, replace_lines(page, text))
    return found[0] if found else None


def replace_lines(page: layouts.Page, text: str) -> layouts.Page:
    """The page as if a text were all of it."""
    context = replace(page.context, text=replace(page.context.text, body=text.replace("\n", " ")))
    return layouts.Page(page.mail, context)


def _reads(pattern: FieldPattern, page: layouts.Page) -> list[object]:
    """The values that a pattern alone reads from a page."""
    alone = Layout("teach_1", "teach", (), (), (), (), None, (replace(pattern, kinds=frozenset()),), taught=True)
    laid = layouts.apply(alone, page)
    stated: object = laid.days.get(pattern.name) if pattern.name in laid.days else getattr(laid, pattern.name, None)
    several = stated if isinstance(stated, tuple) else (stated,)
    return [one.value for one in several if isinstance(one, Stated)]


_SHAPES = {
    "order_number": r"([A-Za-z0-9][\w./-]{0,39})",
    "tracking_numbers": r"([A-Za-z0-9][A-Za-z0-9 -]{5,44})",
}


def _candidates(name: str, texts: list[str], page: layouts.Page, every: frozenset[str]) -> Iterator[FieldPattern]:
    """Places of the first marked text, the likeliest to hold for other mails first."""
    text = texts[0]
    lines = page.lines
    for at, line in enumerate(lines):
        for index, cell in enumerate(line.cells):
            if text not in _fold(cell):
                continue
            before, _, after = _fold(cell).partition(text)
            take = _take(name, after)
            if label := _label(before):
                yield FieldPattern(name, labels=(label,), take=take)
            if not _label_like(before):
                left = next((c for c in reversed(line.cells[:index]) if c), "")
                if label := _label(left):
                    yield FieldPattern(name, labels=(label,), take=take)
                above = lines[at - 1].cells[0] if at and len(lines[at - 1].cells) == 1 else ""
                if index == 0 and (label := _label(above)):
                    yield FieldPattern(name, labels=(label,), where="below", take=take)
    for line in lines:
        folded = _fold(line.text)
        if text in folded:
            before, _, after = folded.partition(text)
            if pattern := _around(name, before, after, every):
                yield FieldPattern(name, line=pattern)
    header = page.mail.forwarded or page.mail.header
    if text in _fold(header.subject):
        before, _, after = _fold(header.subject).partition(text)
        if pattern := _around(name, before, after, every):
            yield FieldPattern(name, subject=pattern)
    for selector, take in _selectors(name, text, page):
        for pick in ("first", "last"):
            yield FieldPattern(name, css=selector, take=take, pick=pick)


def _label_like(text: str) -> bool:
    return any(map(str.isalpha, text))


def _label(text: str) -> str:
    """A text as a label: short, with letters, without digits that would change from mail to mail."""
    label = layouts.plain(text)
    return label if 1 < len(label) <= 48 and _label_like(label) and not any(map(str.isdigit, label)) else ""


def _take(name: str, after: str) -> re.Pattern[str] | None:
    """What cuts a value off from the words behind it on the same line."""
    if name in ("order_number", "total") or name.endswith(("_at", "_by")) or not after.strip():
        return None
    end = re.escape(_steady(after, 12).rstrip())
    return re.compile(f"^(.{{1,120}}?){end}", re.IGNORECASE) if end else None


def _steady(after: str, length: int) -> str:
    """The beginning of a text up to its first digit."""
    return re.split(r"\d", after[:length])[0]


def _around(name: str, before: str, after: str, every: frozenset[str]) -> re.Pattern[str] | None:
    """A pattern of the words before a value and behind it; digits and other marked values before it are left open."""
    lead = before[-40:].lstrip()
    if len(before) > 40:
        lead = lead.partition(" ")[2] or lead  # from the beginning of a word
    if not _label_like(lead) and not _label_like(_steady(after, 16)):
        return None
    shape = _SHAPES.get(name, r"(.{1,60}?)")
    tail = re.escape(_steady(after, 16))
    if not tail and shape.endswith("?)"):
        shape = r"(.{1,60})"
    pattern = f"{_opened(lead, every, r'.{1,40}?')}{shape}{tail}"
    return None if files.not_bounded(pattern) else re.compile(pattern, re.IGNORECASE)


def _opened(text: str, changing: Iterable[str], gap: str) -> str:
    """A text as a pattern in which what changes from mail to mail is left open: texts by `gap`, and numbers."""
    parts = [re.escape(each) for each in sorted(changing, key=len, reverse=True) if len(each) > 1]
    pieces: list[str] = []
    end = 0
    for match in re.finditer("|".join([*parts, r"\d[\d.,:/-]{0,30}"]), text, re.IGNORECASE):
        is_number = match[0].replace("-", "").replace(".", "").isdigit()
        pieces += [re.escape(text[end : match.start()]), r"\d[\d.,:/-]{0,19}" if is_number else gap]
        end = match.end()
    return "".join([*pieces, re.escape(text[end:])])


def _selectors(name: str, text: str, page: layouts.Page) -> Iterator[tuple[str, re.Pattern[str] | None]]:
    """Places in the HTML whose element holds the text: by classes where there are some, else by its place in a row."""
    if not page.mail.html:
        return
    for node in page.tree.css("td, th, span, strong, b, p, div, li, dd, dt, h1, h2, h3, a")[:4000]:
        held = _fold(node.text(deep=True, separator=" ")[:400])
        if text not in held or len(held) > len(text) + 60:
            continue
        if any(text in _fold(child.text(deep=True, separator=" ")[:400]) for child in node.iter()):
            continue  # an element inside holds it more closely
        take = _take(name, held.partition(text)[2])
        for chain in _chains(node):
            yield chain, take


_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{1,40}")


def _chains(node: LexborNode) -> Iterator[str]:
    """Selectors for an element, the shortest first: up to the nearest ancestor with a class or id of its own."""
    exact: list[str] = []
    loose: list[str] = []
    current: LexborNode | None = node
    for _ in range(7):
        if current is None or current.tag in (None, "body", "html", "-undef"):
            break
        attributes = current.attributes
        names = [n for n in (attributes.get("class") or "").split() if _PLAIN_NAME.fullmatch(n)]
        own_id = attributes.get("id") or ""
        mark = f"#{own_id}" if _PLAIN_NAME.fullmatch(own_id) else "".join(f".{n}" for n in names[:2])
        tag = current.tag or ""
        exact.insert(0, tag + (mark or f":nth-of-type({_place(current)})"))
        loose.insert(0, tag + (mark or (f":nth-of-type({_place(current)})" if tag in ("td", "th") else "")))
        if mark:
            yield " > ".join(loose)
            yield " > ".join(exact)
        current = current.parent


def _place(node: LexborNode) -> int:
    place, before = 1, node.prev
    while before is not None and place < 60:
        place += before.tag == node.tag
        before = before.prev
    return place


def _where(pattern: FieldPattern) -> str:
    """A place in words that a person can check."""
    if pattern.labels:
        return pattern.labels[0]
    if pattern.css:
        return pattern.css
    regex = pattern.line or pattern.subject
    return regex.pattern if regex else ""


def _subject_pattern(subject: str, values: Sequence[str], names: Sequence[str]) -> str:
    """The subject with all that changes from mail to mail left open: marked values, numbers, the user's own name."""
    folded = money.fold(subject)
    changing = {_fold(text) for text in (*values, *names) if len(_fold(text)) > 1}
    pattern = _opened(folded, changing, ".{1,40}")
    if sum(map(str.isalpha, re.sub(r"\\.|[.]?\{[\d,]+\}|\[[^\]]*\]", "", pattern))) < 3:
        raise NotTaught("subject_says_nothing", text=subject)
    pattern = f"^{pattern}$"
    if files.not_bounded(pattern):
        raise NotTaught("subject_says_nothing", text=subject)
    return pattern


# --- the older mails -------------------------------------------------------------------------------------------------


def tried(lesson: Lesson, store: Store, knowledge: Knowledge, *, besides: str, now: datetime) -> Lesson:
    """The lesson with how its layout does on the sender's other mails that the store keeps.

    For each: what it finds is what is read without it (agree), something else (disagree), or nothing. `besides`: the
    identity of the mail that was marked.
    """
    sender = lesson.layout.senders[0]
    domain = domains.registrable(sender.rpartition("@")[2])
    without = replace(knowledge, layouts=Layouts(taught=()))
    agree = disagree = nothing = not_kept = 0
    differing: list[tuple[datetime, str]] = []
    waiting = [row for row in store.mails() if row.counterpart_domain == domain and row.identity != besides]
    for row in waiting:
        content = store.raw(row.identity)
        if content is None:
            not_kept += 1
            continue
        mail = parse.mail(RawMail("teach", "", 0, 0, row.received_at, content), now=now)
        if not layouts.recognises(lesson.layout, mail):
            continue
        verdict = classify(mail, without)
        subject = (mail.forwarded or mail.header).subject
        kind = next((k.kind for k in lesson.layout.kinds if k.subject.search(subject)), None)
        if kind is not None and verdict.kind not in (kind, Kind.OTHER):
            disagree += 1
            differing.append((row.received_at, "kind"))
            continue
        verdict = replace(verdict, kind=kind or verdict.kind)
        laid = layouts.apply(lesson.layout, layouts.Page(mail, context_of(mail, verdict)))
        now_read = extract(mail, verdict, without)
        fields = [name for name in (f.name for f in lesson.layout.fields) if _of(laid, name)]
        other = [name for name in fields if _of(now_read, name) and _of(now_read, name) != _of(laid, name)]
        if other:
            disagree += 1
            differing += [(row.received_at, name) for name in other]
        elif fields or kind is not None:
            agree += 1
        else:
            nothing += 1
    return replace(lesson, trial=Trial(agree, disagree, nothing, not_kept, tuple(differing)))


def _of(holder: layouts.Laid | Finding, name: str) -> tuple[object, ...]:
    stated: object = None
    if isinstance(holder, layouts.Laid) and name in holder.days:
        stated = holder.days[name]
    else:
        stated = getattr(holder, name, None)
    several = stated if isinstance(stated, tuple) else (stated,)
    return tuple(_plain(one.value) for one in several if isinstance(one, Stated))


def _plain(value: object) -> object:
    return layouts.plain(value) if isinstance(value, str) else value


# --- the file --------------------------------------------------------------------------------------------------------


def written(layout: Layout) -> str:
    """A layout as its file has it."""
    lines = [
        "# Taught by the user with `refund-monitor teach`. Never edited for a changed mail: teach that one, too.",
        f"origin = {toml(layout.origin)}", f"seen = {toml(list(layout.seen))}",
    ]  # fmt: skip
    if layout.seller:
        lines.append(f"seller = {toml(layout.seller)}")
    lines += ["", "[recognise]", f"senders = {toml(list(layout.senders))}"]
    for one in layout.kinds:
        lines += ["", "[[kind]]", f"name = {toml(one.kind.value)}", f"subject = {toml(one.subject.pattern)}"]
    for pattern in layout.fields:
        lines += ["", "[[field]]", f"name = {toml(pattern.name)}"]
        if pattern.labels:
            lines.append(f"label = {toml(list(pattern.labels))}")
        if pattern.where != "right":
            lines.append(f"where = {toml(pattern.where)}")
        if pattern.css:
            lines.append(f"css = {toml(pattern.css)}")
        for key, regex in (("line", pattern.line), ("subject", pattern.subject), ("take", pattern.take)):
            if regex is not None:
                lines.append(f"{key} = {toml(regex.pattern)}")
        if pattern.pick != "first":
            lines.append(f"pick = {toml(pattern.pick)}")
        if pattern.kinds:
            lines.append(f"kinds = {toml(sorted(kind.value for kind in pattern.kinds))}")
    return "\n".join(lines) + "\n"


def keep(lesson: Lesson, folder: Path) -> Path:
    """Writes the layout into the user's knowledge folder; an existing file is never written over."""
    target = folder / "layouts" / f"{lesson.layout.id}.toml"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("x", encoding="utf-8") as file:
        file.write(lesson.text)
    target.chmod(0o600)  # it names a shop where the user buys
    try:
        files.parse(target, taught=True)
    except KnowledgeError:
        target.unlink()  # a file that cannot be read would stop all reading
        raise
    return target


def readable(value: object) -> str:
    """A value as a mark could have been written."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    return value.isoformat() if isinstance(value, date) else str(value)
