"""Files that the user attached, byte by byte as he gave them.

In charge of keeping them and giving them back. What a file belongs to is told by the event (`attached`) that names it;
what kinds of files are taken, and how large, is decided before they come here.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from monitor.store import tables
from monitor.store.codec import moment, text
from monitor.store.database import Database
from monitor.store.words import AttachedFile


class Evidence(Database):
    """The part of `Store` that keeps attached files."""

    def add_attachment(self, file: AttachedFile, content: bytes) -> None:
        """Keep a file, for good. Raises StoreError where the id is taken."""
        values = {
            "id": file.id,
            "at": moment(file.at),
            "name": text(file.name),
            "content_type": file.content_type,
            "size": len(content),
            "sha256": file.sha256,
            "content": content,
        }
        with self.transaction(durable=True) as connection:
            connection.execute(tables.attachment.insert(), values)

    def attachments(self) -> dict[str, AttachedFile]:
        """What is kept of every attached file but its content, by id."""
        columns = tables.attachment.c
        wanted = select(columns.id, columns.at, columns.name, columns.content_type, columns.size, columns.sha256)
        with self._reading() as connection:
            return {row.id: AttachedFile(*row) for row in connection.execute(wanted.order_by(columns.at, columns.id))}

    def attachment(self, attachment_id: str) -> bytes | None:
        """The content of an attached file; None where there is none, or no longer."""
        columns = tables.attachment.c
        with self._reading() as connection:
            found: bytes | None = connection.scalar(select(columns.content).where(columns.id == attachment_id))
            return found

    def drop_attachment(self, attachment_id: str) -> bool:
        """Forget a file that the user took back. False where there was none."""
        with self.transaction(durable=True) as connection:
            gone = connection.execute(delete(tables.attachment).where(tables.attachment.c.id == attachment_id))
            return gone.rowcount > 0
