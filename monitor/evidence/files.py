"""What kind of file someone hands in, told by its first bytes, and a name under which it can lie anywhere.

In charge of taking pictures, PDFs, sound and plain text and of refusing all else, whatever the name says: what is
attached is shown on a page and goes into a ZIP that others open. Formats that carry scripts (SVG, HTML, office files)
are refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

MAX_BYTES = 25_000_000
"""The largest file that is taken: a recorded call of an hour, a scanned contract; ours, no law's."""

_LONGEST_NAME = 80  # characters; with the hash before it far below the 255 bytes that file systems allow


class FileRefused(ValueError):
    """A file that is not taken. `key` names the message that says why (`attach.<key>`)."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """ISO base media files (ISO/IEC 14496-12): "ftyp" and a brand from the fifth byte on."""
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == kind


_MPEG = (b"\xfb", b"\xf3", b"\xf2", b"\xfa")
_KINDS: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (
    ("image/png", ".png", _starts(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", ".jpg", _starts(b"\xff\xd8\xff")),
    ("image/gif", ".gif", _starts(b"GIF87a", b"GIF89a")),
    ("image/webp", ".webp", _riff(b"WEBP")),
    ("image/heic", ".heic", _brand(b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc")),
    ("image/avif", ".avif", _brand(b"avif")),
    ("application/pdf", ".pdf", _starts(b"%PDF-")),
    ("audio/mp4", ".m4a", _brand(b"M4A ", b"M4B ", b"mp42", b"isom", b"3gp4", b"3gp5", b"dash")),
    ("audio/mpeg", ".mp3", lambda head: head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] in _MPEG)),
    ("audio/ogg", ".ogg", _starts(b"OggS")),
    ("audio/wav", ".wav", _riff(b"WAVE")),
    ("audio/flac", ".flac", _starts(b"fLaC")),
    ("audio/amr", ".amr", _starts(b"#!AMR")),
)
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|svg|\?xml|body|head|iframe)", re.IGNORECASE)
EXTENSIONS = {kind: extension for kind, extension, _ in _KINDS} | {"text/plain": ".txt"}


def kind_of(content: bytes) -> str:
    """The media type of a file by its content. Raises FileRefused: empty, too_large, or kind."""
    if not content:
        raise FileRefused("empty")
    if len(content) > MAX_BYTES:
        raise FileRefused("too_large")
    head = content[:64]
    for kind, _, fits in _KINDS:
        if fits(head):
            return kind
    if _is_text(content):
        return "text/plain"
    raise FileRefused("kind")


def _is_text(content: bytes) -> bool:
    """A saved conversation: UTF-8 without control characters, and no markup that a browser would act on."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if _MARKUP.search(content[:4096]):
        return False
    return not any((sign < " " and sign not in "\t\r\n\f") or sign == "\x7f" for sign in text[:100_000])


_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))})


def _harmful(sign: str) -> bool:
    """Whether a sign may not stand in a file name: reserved somewhere, invisible, or a blank that is no plain one."""
    return sign in '<>:"|?*%' or (sign != " " and unicodedata.category(sign)[0] in "CZ")


def safe_name(name: str, kind: str) -> str:
    """A file name without folders, control signs or tricks, with the ending of what the file is.

    "../../x.exe" of a PNG becomes "x.png". Names in any script stay readable.
    """
    extension = EXTENSIONS.get(kind, "")
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if _harmful(sign) else sign for sign in bare)
    stem = re.sub(r"_{2,}", "_", kept.rpartition(".")[0] or kept).strip("._- ")[:_LONGEST_NAME].strip("._- ")
    if not stem or stem.casefold() in _DEVICES:
        stem = "file"
    return stem + extension
