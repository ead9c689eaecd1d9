"""A draft as its page shows it: beside the facts that it rests on, with its files, its days and what was changed.

In charge of gathering that for the template. Nothing is changed here: `pages.drafts` does what the user decides.
"""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import HTTPException, Request
from starlette.responses import Response

from monitor import evidence, render
from monitor.evidence.story import size
from monitor.knowledge.rights import load_rights
from monitor.run import approving, enclosing, filing, ladders, preparing, sending, single
from monitor.run.approving import Text
from monitor.run.orders import OrderView
from monitor.run.saying import CHANNELS
from monitor.store.words import AttachedFile, Outgoing, Wording
from monitor.types import Draft, Event, Step
from monitor.web import facts, story, wording
from monitor.web.forms import TheSite, User
from monitor.web.templating import respond


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a comparison. `sign`: same, gone, new, or left_out (lines that stayed)."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft as its page shows it, with what the page needs to word it."""

    draft: Draft
    view: OrderView | None
    news: tuple[Event, ...]
    letter: Outgoing | None
    wordings: tuple[Wording, ...]
    since: tuple[Event, ...] = ()  # what came after it was put into Drafts, where it still lies

    @property
    def open(self) -> bool:
        """Whether it can still be edited and approved."""
        return self.draft.status == "ready" and not self.news


def load(site: TheSite, draft_id: str) -> Shown:
    """The draft as it stands now: the user's own words, else the text of today. 404 where there is none."""
    stored = approving.find_or_none(site.store, draft_id)
    if stored is None:
        raise HTTPException(404)
    view = single.one(site.store, site.config, stored.order_id, now=site.now())
    draft = preparing.as_of_today(stored, view, site.config, now=site.now())
    news = approving.news(site.store, stored) if stored.status in ("ready", "locked") else ()
    letters = site.store.outbox(draft_id=draft_id)
    letter = letters[-1] if letters else None
    lies = letter is not None and letter.status == "filed" and letter.way == "drafts"
    since = approving.news(site.store, stored) if lies else ()
    return Shown(draft, view, news, letter, tuple(site.store.wordings(draft_id)), since)


def names_of(site: TheSite, order_ids: set[str], language: str) -> dict[str, str]:
    """By order: seller and number, as its row in a list is called."""
    return {key: wording.kept_name(kept, language) for key, kept in site.store.summaries(order_ids).items()}


def page(
    request: Request,
    site: TheSite,
    user: User,
    shown: Shown,
    *,
    status: int = 200,
    error: str = "",
    text: Text | None = None,
    events: tuple[Event, ...] = (),
    stale: Text | None = None,
    asked: str = "",
    logged: Mapping[str, str] | None = None,
) -> Response:
    """The page of one draft. `text`: what the user had entered; `events`: what came meanwhile; `asked`: redo, where he
    is asked whether he means it; `logged`: what a log held that was refused.

    `stale`: what he had entered in a window in which an older text stood; the one that holds now is shown for approval.
    """
    language, today, zone = user.language, site.today(), site.config.user.timezone
    view = shown.view
    current, gloss_in = _glossed(site, shown, language)
    files = _files(site, shown, text)
    words = replace(text or approving.text_of(current), enclosed=tuple(one.file.id for one in files if one.chosen))
    nonce = secrets.token_urlsafe(12)
    order = view.order if view is not None else None
    checked = approving.check_recipient(current, order, words.to, site.config.own_addresses())
    sender = approving.sender_of(site.config)
    news = [story.entry(event, language, today) for event in events or shown.news]
    based = set(current.based_on)
    known = facts.of_order(view, language, today, zone) if view is not None else []
    entries = [one for one in story.entries(view, language, today) if one.id in based] if view is not None else []
    step = preparing.step_of(view, site.config, current.rung) if view is not None else None
    ends = preparing.ends(view, site.config, step) if view is not None and step is not None else ()
    name = names_of(site, {current.order_id}, language).get(current.order_id, "")
    return respond(
        request, "web/draft.html.j2", status=status, shown=shown, draft=current, view=view, words=words, name=name,
        nonce=nonce, seal=approving.seal(site.store, current.id, words, nonce), checked=checked, sender=sender,
        error=error, news=news, facts=known,
        since=[story.entry(event, language, today) for event in shown.since], entries=entries, changes=_changes(shown),
        rung=wording.rung_name(current.rung, language), field=lambda name: story.field_name(name, language),
        answer_by=step.answer_by if step is not None else None, step=step, stale=stale, asked=asked, logged=logged,
        gloss_in=gloss_in, ways=filing.ways(view, step, current, site.config) if view is not None else [],
        look_up=_look_up(current), dialled=lambda number: re.sub(r"[^0-9+]", "", number.partition("~")[0]),
        ends=[wording.rung_name(one, language) for one in ends],
        opens=step.not_before if step is not None and step.not_before > today else None,
        waits_for=_waits_for(step, language),
        by_mail=current.channel == "email" and current.mode in ("email", ""),
        can_send=_can_send(site), has_mailbox=sending.account_of(site.config, sender or "") is not None,
        copies=sending.keeps_copies(site.config, sender or ""), channels=CHANNELS, letter=shown.letter,
        answer=_answer(shown.letter, language),
        limit=approving.LONGEST_SUBJECT,
        bring=[_evidence(key, language) for key in current.attachments],
        files=files, size=size, sum=sum(one.file.size for one in files if one.chosen), largest=enclosing.LARGEST_SUM,
        printable=evidence.available() and view is not None, packed=any(one.pack for one in files),
    )  # fmt: skip


def _glossed(site: TheSite, shown: Shown, language: str) -> tuple[Draft, str]:
    """The draft with the translation beside it in the language of the page, and which language that is.

    It was made in the language of the settings; who reads the page in another gets it in that, and none where that is
    the language of the letter. A text in the user's own words keeps what was translated before he changed it.
    """
    draft, usual = shown.draft, render.supported(site.config.user.language)
    if language in (usual, draft.language):
        bare = replace(draft, gloss=None, chat_gloss=None, private_gloss=None)
        return (bare if draft.language == language else draft), usual
    if shown.view is None or draft.edited or not shown.open:
        return draft, usual
    config = site.config.model_copy(update={"user": site.config.user.model_copy(update={"language": language})})
    try:
        made = preparing.made(replace(shown.view, draft=None), config, draft.rung, site.now()).draft
    except preparing.NotPrepared:
        return draft, usual
    if made.language != draft.language:  # to whom one writes in one's own language
        return draft, usual
    glosses = {"gloss": made.gloss, "chat_gloss": made.chat_gloss, "private_gloss": made.private_gloss}
    return replace(draft, **glosses), language  # type: ignore[arg-type]  # each of the draft's own kind


def _look_up(draft: Draft) -> str:
    """The key of where a way that nobody knows can be looked up."""
    whom = draft.addressee.split("+")
    known = next((one for one in ("card_issuer", "bank", "provider", "marketplace", "seller") if one in whom), "other")
    return f"web.draft.look_up.{known}"


def _waits_for(step: Step | None, language: str) -> str:
    """What comes before the step, in a sentence; "" where only its day is awaited, which is said anyway."""
    if step is None or step.status != "waiting" or step.reason in ("ladder.waiting.day", "ladder.waiting.due"):
        return ""
    return ladders.step_reason(step, language)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that can go along with the letter. `pack`: the evidence pack, printed for this letter."""

    file: AttachedFile
    chosen: bool
    pack: bool


def _files(site: TheSite, shown: Shown, text: Text | None) -> list[Offered]:
    """What can go along, what was chosen first and in the order of the choice."""
    wanted = (text or approving.text_of(shown.draft)).enclosed
    there = enclosing.chosen(site.store, wanted)
    found = [Offered(file, True, enclosing.is_pack(file.id)) for file in there]
    printed = [one for one in shown.draft.enclosed if enclosing.is_pack(one) and one not in wanted]
    others = list(enclosing.chosen(site.store, printed))
    if shown.open and shown.view is not None:
        others += enclosing.offered(site.store, shown.view.order)
    taken = {file.id for file in there}
    return found + [Offered(file, False, enclosing.is_pack(file.id)) for file in others if file.id not in taken]


def _evidence(key: str, language: str) -> str:
    """What a piece of evidence is called in the rule base."""
    names = load_rights().evidence.get(key)
    return names[language] if names is not None else render.word("evidence", key, language)


def _can_send(site: TheSite) -> bool:
    """Whether a sending server is set up, as far as the settings say."""
    smtp = site.config.smtp
    return bool(smtp.host or smtp.account or smtp.sender)


def _answer(letter: Outgoing | None, language: str) -> str:
    """What a server said of a letter, or what the program says, in words."""
    if letter is None:
        return ""
    key, _, rest = letter.answer.partition("\n")
    words = render.message(key, language) if render.has_message(key, language) else render.one_line(key, 300)
    return f"{words} {render.one_line(rest, 300)}".strip()


def _changes(shown: Shown) -> list[Change]:
    """What the user changed against the text as it was drafted."""
    drafted = [one for one in shown.wordings if one.source == "monitor"]
    if not shown.draft.edited or not drafted:
        return []
    return compare(
        [drafted[-1].recipient, drafted[-1].subject, *drafted[-1].body.splitlines()],
        [shown.draft.to or "", shown.draft.subject, *shown.draft.body.splitlines()],
    )


def compare(before: list[str], now: list[str]) -> list[Change]:
    """Two texts line by line: what went and what came, each with the line before and after."""
    signs = {" ": "same", "-": "gone", "+": "new"}
    lines = [Change(signs[line[0]], line[2:]) for line in difflib.ndiff(before, now) if line[0] in signs]
    near = {place + step for place, line in enumerate(lines) if line.sign != "same" for step in (-1, 0, 1)}
    found: list[Change] = []
    for place, line in enumerate(lines):
        if place in near:
            found.append(line)
        elif not found or found[-1].sign != "left_out":
            found.append(Change("left_out", "⋯"))
    return found
