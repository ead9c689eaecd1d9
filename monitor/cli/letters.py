"""`drafts` and `draft`: the letters for people, and as JSON lines where asked for.

In charge of printing a text with all that stands beside it: the fields of a form, what to say on the phone or in a
chat, what to bring and what to know. It writes none of these and sends nothing.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import render
from monitor.cli import screen
from monitor.cli.failures import Refusal
from monitor.cli.words import language
from monitor.cli.words import say as sentence
from monitor.types import Draft, FormField

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.run.preparing import Prepared
    from monitor.store import Store

LONG = 60  # characters from which the value of a field stands on lines of its own


def drafts(store: Store, config: Config, at: datetime | None, now: datetime, *, as_json: bool) -> None:
    """The letters of the moment, as JSON lines or one line each."""
    from monitor.run import output, texts

    found = texts.drafts(store, config, at, now)
    if at is None:
        texts.keep_drafts(store, found, now=now)
    if as_json:
        for letter in found:
            screen.put_json(output.draft_json(letter))
        return
    if not found:
        screen.put(sentence("drafts.none"))
        return
    for letter in found:
        draft_line(letter)
    screen.put()
    screen.put(sentence("drafts.hint"))


def draft_line(letter: Draft) -> None:
    """One letter on two lines: id, rung, status; to whom and the subject."""
    rung = render.word("rung", letter.rung, language())
    status = render.word("draft.status", letter.status, language())
    to = letter.to or render.word("channel", letter.channel, language())
    screen.put(f"{letter.id}  {rung}  [{status}]")
    screen.put(f"    {screen.clean(to)}: {screen.clean(letter.subject)}")


def draft(
    store: Store,
    config: Config,
    name: str,
    now: datetime,
    *,
    step: str | None = None,
    at: datetime | None = None,
    eml: Path | None = None,
    discard: bool = False,
    as_json: bool = False,
) -> None:
    """Show one letter, or write it as a mail file (exported), or put it away (discarded).

    `name`: the draft's id or the beginning of it; with `step` the order, whose letter for that step is made and kept
    (with `at` only shown).
    """
    from monitor.run import output

    prepared = _prepared(store, config, name, step, at, now) if step is not None else None
    letter = prepared.draft if prepared is not None else _stored(store, config, name, now)
    if discard:
        _decide(store, letter, "discarded", now)
        screen.put(sentence("draft.discarded", id=letter.id))
    elif eml is not None:
        _export(store, config, letter, eml, now)
    elif as_json:
        screen.put_json(output.draft_json(letter))
    else:
        _show(letter, prepared, _where(store, config, letter, now) if letter.channel != "email" else [])


def _where(store: Store, config: Config, letter: Draft, now: datetime) -> list[str]:
    """Where it is handed in: each address or number with how sure it is."""
    from monitor.run import filing, preparing, single

    view = single.one(store, config, letter.order_id, now=now)
    if view is None:
        return []
    found = filing.ways(view, preparing.step_of(view, config, letter.rung), letter, config)
    return [
        " · ".join(filter(None, (way.value, way.whose, render.word("web.draft.certainty", way.certainty, language()))))
        for way in found if way.value
    ]  # fmt: skip


def _stored(store: Store, config: Config, name: str, now: datetime) -> Draft:
    from monitor.run import single, texts

    known = {letter.order_id for letter in store.drafts() if letter.id == name}
    views, of = None, None
    if known:  # it was shown before: only its order has to be looked at
        (of,) = known
        view = single.one(store, config, of, now=now)
        views = [view] if view is not None else []
    current = texts.drafts(store, config, None, now, views=views, of=of)
    found = [letter for letter in current if letter.id.startswith(name)]
    if len(found) != 1:
        key = "draft.which" if found else "draft.unknown"
        raise Refusal(sentence(key, name=screen.clean(name), ids=", ".join(letter.id for letter in found)))
    return found[0]


def _prepared(store: Store, config: Config, name: str, rung: str, at: datetime | None, now: datetime) -> Prepared:
    from monitor.cli.stories import order_named, reference
    from monitor.run import ladders, preparing

    view = order_named(store, config, name, now, at)
    try:
        if at is not None:
            return preparing.made(view, config, rung, at)
        return preparing.prepare(store, config, view, rung, now=now)
    except preparing.NotPrepared as refused:
        if refused.why == "unknown":
            text = sentence("draft.no_step", step=screen.clean(rung), id=reference(view.order))
            raise Refusal(text, 2) from None
        reason = ladders.step_reason(refused.step, language()) if refused.step and refused.why in preparing.GONE else ""
        name_ = render.word("rung", rung, language())
        raise Refusal(sentence(f"draft.no_text.{refused.why}", step=name_, reason=reason).strip()) from None


# -- one letter on the screen -----------------------------------------------------------------------------------------


def _show(letter: Draft, prepared: Prepared | None, where: list[str]) -> None:
    draft_line(letter)
    if letter.warning:
        screen.put("! " + render.word("draft", letter.warning, language()) if not render.has_message(letter.warning)
                   else "! " + render.message(letter.warning, language()))  # fmt: skip
    if prepared is not None:
        _when(prepared)
    screen.put()
    screen.put(screen.clean(letter.subject))
    screen.put()
    screen.put(screen.clean(letter.body, lines=True))
    _part("gloss", letter.gloss)
    _list("where", where)
    _form(letter)
    for name, text, gloss in (
        ("script", letter.script, None),
        ("chat", letter.chat, letter.chat_gloss),
        ("private_message", letter.private_message, letter.private_gloss),
    ):
        if text != letter.body:
            _part(name, text)
            _part("gloss", gloss)
    _list("bring", [_evidence(key) for key in letter.attachments])
    _list("mind", [render.message(hint, language()) for hint in letter.hints])


def _when(prepared: Prepared) -> None:
    """What the user must know of a step that is not the next one: its day, and the ways that it would close."""
    step = prepared.step
    if step.status == "waiting":
        screen.put("! " + sentence("draft.not_yet", day=render.day(step.not_before, language(), "plain")))
    if prepared.ends:
        names = ", ".join(render.word("rung", rung, language()) for rung in prepared.ends)
        screen.put("! " + sentence("draft.ends", steps=names))


def _part(name: str, text: str | None) -> None:
    if text:
        screen.put()
        screen.put(f"--- {sentence(f'draft.{name}')}")
        screen.put(screen.clean(text, lines=True))


def _list(name: str, lines: list[str]) -> None:
    if lines:
        screen.put()
        screen.put(f"--- {sentence(f'draft.{name}')}")
        for line in lines:
            screen.put(f"- {screen.clean(line)}")


def _form(letter: Draft) -> None:
    """The fields of a form, one below the other; what fills several lines stands below its name."""
    if not letter.fields:
        return
    screen.put()
    screen.put(f"--- {sentence('draft.form')}" + (f": {screen.clean(letter.link)}" if letter.link else ""))
    for field in letter.fields:
        _field(field, letter)


def _field(field: FormField, letter: Draft) -> None:
    remarks = [] if field.required else [sentence("draft.optional")]
    if field.max_length is not None:
        remarks.append(sentence("draft.limit", count=len(field.value), max=field.max_length))
    if field.choice:
        remarks.append(sentence("draft.choose"))
    label = screen.clean(field.label) + (f" ({', '.join(remarks)})" if remarks else "")
    if not field.value:
        screen.put(f"{label}: {sentence('draft.fill')}")
    elif field.value == letter.body:
        screen.put(f"{label}: {sentence('draft.above')}")
    elif "\n" in field.value or len(field.value) > LONG:
        screen.put(f"{label}:")
        for line in screen.clean(field.value, lines=True).split("\n"):
            screen.put(f"    {line}".rstrip())
    else:
        screen.put(f"{label}: {screen.clean(field.value)}")


def _evidence(key: str) -> str:
    """What a piece of evidence is called in the rule base."""
    from monitor.knowledge.rights import load_rights

    names = load_rights().evidence.get(key)
    return names[language()] if names is not None else render.word("evidence", key, language())


def _decide(store: Store, letter: Draft, status: str, now: datetime) -> None:
    """Note what the user decided; a letter that was only computed so far is kept with it."""
    with store.transaction():
        store.save_draft(letter, now)
        store.set_draft_status(letter.id, status, now)


def _export(store: Store, config: Config, letter: Draft, path: Path, now: datetime) -> None:
    from email.policy import SMTP

    from monitor.draft import message
    from monitor.run import enclosing
    from monitor.types import Address

    if letter.status == "locked":
        raise Refusal(sentence("draft.locked", id=letter.id))
    address = config.smtp.sender or config.digest_to()
    if address is None:
        raise Refusal(sentence("draft.no_sender"))
    mail = message(letter, Address(config.user.name, address), at=now, unsent=True)
    enclosing.into(mail, store, enclosing.chosen(store, letter.enclosed))
    # a letter tells of purchases: nobody else may read the file; an existing one is not written over
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(mail.as_bytes(policy=SMTP))
    except FileExistsError:
        raise Refusal(sentence("failure.exists", path=path)) from None
    _decide(store, letter, "exported", now)
    screen.put(sentence("draft.exported", id=letter.id, path=path))
