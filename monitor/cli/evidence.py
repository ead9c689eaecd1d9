"""`attach` and `evidence`: files that belong to an order, and the pack that is sent with a claim."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import render
from monitor.cli import screen
from monitor.cli.failures import Refusal
from monitor.cli.stories import order_named
from monitor.cli.words import language
from monitor.cli.words import say as sentence

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store


def read_file(path: Path) -> tuple[str, bytes]:
    """A file that can be attached: its name and content. Refuses what cannot, in plain words."""
    from monitor.evidence.files import MAX_BYTES, FileRefused, kind_of

    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        kind_of(content)
    except FileRefused as refused:
        name = screen.clean(path.name)
        raise Refusal(f"{name}: {render.message(f'attach.{refused.key}', language())}") from None
    return path.name, content


def attach(
    store: Store, config: Config, name: str, path: Path | None, note: str, now: datetime
) -> None:  # fmt: skip
    """Attach a file to an order with a note, or note something without a file."""
    from monitor.run import evidence

    view = order_named(store, config, name, now)
    if path is None:
        evidence.add_note(store, view.order, note, now=now)
        screen.put(sentence("evidence.noted"))
        return
    called, content = read_file(path)
    file = evidence.attach(store, view.order, called, content, now=now, note=note)
    screen.put(sentence("evidence.attached", name=file.name, kind=file.content_type, sha256=file.sha256))


def pack(
    store: Store, config: Config, name: str, folder: Path, now: datetime, *, spoken: str | None, letter: bool,
    address: str,
) -> None:  # fmt: skip
    """Write the PDF and the ZIP, or the letter as it is printed for the post office, into `folder`."""
    from monitor.evidence import NoTypst
    from monitor.run import cases, evidence

    if spoken is not None and spoken not in render.LANGUAGES:
        raise Refusal(sentence("evidence.language", text=screen.clean(spoken)), 2)
    view = order_named(store, config, name, now)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        if letter:
            if view.draft is None:
                raise Refusal(sentence("evidence.no_letter"))
            content = evidence.certified(view, view.draft, config, now=now, address=address)
            path = folder / f"letter-{view.draft.id}.pdf"
            _write(path, content)
            screen.put(sentence("evidence.letter", path=path))
            return
        more = cases.files_for(store, config, view.order.id, now=now)
        made = evidence.pack(store, config, view, now=now, language=spoken, more=more)
    except NoTypst:
        raise Refusal(render.message("pack.no_typst", language())) from None
    pdf, archive = folder / f"{made.stem}.pdf", folder / f"{made.stem}.zip"
    _write(pdf, made.pdf)
    _write(archive, made.archive)
    screen.put(sentence("evidence.written", pdf=pdf, archive=archive, mails=made.mails, files=made.files))
    if made.not_kept:
        screen.put(sentence("evidence.not_kept", count=made.not_kept))


def _write(path: Path, content: bytes) -> None:
    """Private, and never over a file that is there."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise Refusal(sentence("failure.exists", path=path)) from None
