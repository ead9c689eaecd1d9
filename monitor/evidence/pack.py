"""The ZIP of an evidence pack: the same members always give the same bytes.

In charge of names within the archive (no folders upwards, none twice) and of a list of checksums that goes with it.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the pack: its path within (folders with "/"), and its content as it came."""

    path: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def zipped(members: Sequence[Member], at: datetime) -> bytes:
    """A ZIP of the members and of `SHA256SUMS` (the format of sha256sum). Raises ValueError for a path that leaves it.

    `at` stands as the time of every file: what a mail's own time is, the mail says.
    """
    seen: set[str] = set()
    stamp = (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            parts = member.path.split("/")
            if member.path in seen or "\\" in member.path or any(part in ("", ".", "..") for part in parts):
                raise ValueError(member.path)
            seen.add(member.path)
            _add(archive, member.path, member.content, stamp)
        sums = "".join(f"{member.sha256}  {member.path}\n" for member in members)
        _add(archive, "SHA256SUMS", sums.encode(), stamp)
    return out.getvalue()


def _add(
    archive: zipfile.ZipFile, path: str, content: bytes, stamp: tuple[int, int, int, int, int, int]
) -> None:  # fmt: skip
    info = zipfile.ZipInfo(path, stamp)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100600 << 16  # readable by whom unpacks it, and nobody else
    archive.writestr(info, content)
