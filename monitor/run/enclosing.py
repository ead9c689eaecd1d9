"""What goes along with a letter: files that the user attached to the order, and the evidence pack's PDF.

In charge of what can be chosen, of printing the PDF once and keeping these very bytes (what the user looks at is what
leaves), of the sum that mail servers take, and of putting the files into the mail. The choice stands in
`Draft.enclosed` and is sealed with the text: `approving` holds the approval to it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING

from monitor.run import evidence
from monitor.store.words import AttachedFile
from monitor.types import Draft, Order

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.run.orders import OrderView
    from monitor.store import Store

LARGEST_SUM = 25_000_000
"""Bytes of all files of a letter. Gmail and Outlook.com let 25 MB of attachments out, Naver and Daum no more."""

PACK = "pack-"
"""How the ids of printed packs begin: they belong to a draft, not to the order's own files."""

GONE = "gone"


def offered(store: Store, order: Order) -> list[AttachedFile]:
    """The files of this order that can go along, oldest first."""
    return evidence.files_of(store, order)


def chosen(store: Store, ids: Collection[str]) -> list[AttachedFile]:
    """The chosen files that are still there, in the order of the choice."""
    if not ids:
        return []
    kept = store.attachments()
    return [kept[one] for one in ids if one in kept]


def is_pack(file_id: str) -> bool:
    """Whether a chosen file is the printed evidence pack."""
    return file_id.startswith(PACK)


def of_letter(draft: Draft, order: Order | None, store: Store, ids: Iterable[str]) -> tuple[str, ...]:
    """What of `ids` may go with this draft: files of its order, and the pack printed for it. Each once."""
    own = {file.id for file in offered(store, order)} if order is not None else set()
    own |= {one for one in draft.enclosed if is_pack(one)}
    return tuple(one for one in dict.fromkeys(ids) if one in own)


def print_pack(store: Store, config: Config, view: OrderView, draft: Draft, *, now: datetime) -> AttachedFile:
    """Print the evidence pack in the letter's language and keep it as a file of the draft. Raises evidence.NoTypst."""
    from monitor import render

    language = draft.language if draft.language in render.LANGUAGES else "en"
    made = evidence.pack(store, config, view, now=now, language=language)
    file = AttachedFile(
        id=PACK + uuid.uuid4().hex[:12],
        at=now,
        name=f"{made.stem}.pdf",
        content_type="application/pdf",
        size=len(made.pdf),
        sha256=hashlib.sha256(made.pdf).hexdigest(),
    )
    store.add_attachment(file, made.pdf)
    return file


def forget_packs(store: Store, before: Iterable[str], after: Collection[str] = ()) -> None:
    """Drop printed packs that no draft names any more."""
    for one in before:
        if is_pack(one) and one not in after:
            store.drop_attachment(one)


def too_large(files: Iterable[AttachedFile]) -> bool:
    """Whether these files are more than mail servers take."""
    return sum(file.size for file in files) > LARGEST_SUM


def marks(store: Store, ids: Sequence[str]) -> tuple[str, ...]:
    """What a seal holds of each chosen file: its id and the SHA-256 of its bytes, or that it is gone."""
    if not ids:
        return ()
    kept = store.attachments()
    return tuple(f"{one}:{kept[one].sha256 if one in kept else GONE}" for one in ids)


def into(mail: EmailMessage, store: Store, files: Iterable[AttachedFile]) -> None:
    """Attach the files to the mail, byte by byte as they are kept. Raises KeyError where one is gone."""
    for file in files:
        content = store.attachment(file.id)
        if content is None:
            raise KeyError(file.id)
        main, _, sub = file.content_type.partition("/")
        # Bytes, not text: base64 keeps a text file as it was given, line ends and all.
        mail.add_attachment(
            content, maintype=main, subtype=sub, filename=file.name, params=_charset(file.content_type, content)
        )


def _charset(content_type: str, content: bytes) -> dict[str, str] | None:
    """Text of which one knows the encoding says so; without a word it would count as ASCII (RFC 2046 4.1.2)."""
    if content_type != "text/plain":
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return {"charset": "utf-8"}
