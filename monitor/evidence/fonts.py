"""The fonts that come with the package, and which letters they can draw.

In charge of finding them and of reading their character maps (OpenType `cmap`, formats 4 and 12), so that a letter
that no font has is written by its code and not as an empty box. It draws nothing.

Pretendard (Hangul, Latin, kana) and a part of Noto Sans SC (the characters of KS X 1001, JIS X 0208, GB 2312 and the
first level of Big5), both under the SIL Open Font License; the licences lie beside them.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from importlib import resources
from pathlib import Path

from monitor import render

FAMILIES = ("Pretendard", "Noto Sans SC")
"""In the order in which a letter is looked for."""

_open = ExitStack()


@cache
def folder() -> Path:
    """The folder of the fonts, as a path that other programs can read."""
    return _open.enter_context(resources.as_file(render.template_root().joinpath("evidence", "fonts")))


def files() -> tuple[Path, ...]:
    """The font files."""
    return tuple(sorted(path for path in folder().iterdir() if path.suffix in (".otf", ".ttf")))


@cache
def covered() -> frozenset[int]:
    """The code points that some font of the package can draw."""
    return frozenset(code for path in files() for code in codes(path.read_bytes()))


def drawable(text: str, picture: str = "[emoji]") -> str:
    """A text in which every sign can be drawn: others are taken apart where that helps, else written by their code.

    Signs that stand for nothing to see (variation selectors, joiners) go; for a little picture stands `picture`; what
    else no font has becomes "[U+1234]".
    """
    known = covered()
    if all(ord(sign) in known or sign in "\n\t" for sign in text):
        return text
    kept: list[str] = []
    for sign in unicodedata.normalize("NFC", text):
        if ord(sign) in known or sign in "\n\t":
            kept.append(sign)
        elif unicodedata.category(sign) in ("Cf", "Mn", "Cc") or 0xFE00 <= ord(sign) <= 0xFE0F:
            continue
        else:
            plain = unicodedata.normalize("NFKC", sign)
            fits = plain != sign and all(ord(each) in known for each in plain)
            drawn = unicodedata.category(sign) in ("So", "Sk") and ord(sign) >= 0x1F000
            kept.append(plain if fits else picture if drawn else f"[U+{ord(sign):04X}]")
    return "".join(kept)


def codes(font: bytes) -> Iterator[int]:
    """The code points in the character map of an OpenType font that lead to a glyph. Raises ValueError without one."""
    count = struct.unpack(">H", font[4:6])[0]
    table = next((_entry(font, at) for at in range(12, 12 + 16 * count, 16) if font[at : at + 4] == b"cmap"), None)
    if table is None:
        raise ValueError("a font without a character map")
    number = struct.unpack(">H", font[table + 2 : table + 4])[0]
    best: tuple[int, int] | None = None
    for place in range(number):
        platform, encoding, offset = struct.unpack(">HHI", font[table + 4 + 8 * place : table + 12 + 8 * place])
        form = struct.unpack(">H", font[table + offset : table + offset + 2])[0]
        if platform in (0, 3) and form in (4, 12) and encoding != 5:
            best = max(best or (0, 0), (form, table + offset))
    if best is None:
        raise ValueError("a font whose character map has another format")
    yield from (_segments if best[0] == 4 else _groups)(font, best[1])


def _entry(font: bytes, at: int) -> int:
    return int(struct.unpack(">I", font[at + 8 : at + 12])[0])


def _groups(font: bytes, at: int) -> Iterator[int]:
    count = struct.unpack(">I", font[at + 12 : at + 16])[0]
    for place in range(count):
        first, last, glyph = struct.unpack(">III", font[at + 16 + 12 * place : at + 28 + 12 * place])
        yield from range(first + (glyph == 0), last + 1)


def _segments(font: bytes, at: int) -> Iterator[int]:
    segments = struct.unpack(">H", font[at + 6 : at + 8])[0] // 2
    words = struct.unpack(f">{segments * 4 + 1}H", font[at + 14 : at + 16 + segments * 8])
    ends, starts = words[:segments], words[segments + 1 : 2 * segments + 1]
    deltas, offsets = words[2 * segments + 1 : 3 * segments + 1], words[3 * segments + 1 :]
    base = at + 16 + 6 * segments
    for place in range(segments):
        for code in range(starts[place], ends[place] + 1):
            if code == 0xFFFF:
                continue
            if offsets[place] == 0:
                glyph = (code + deltas[place]) & 0xFFFF
            else:
                spot = base + 2 * place + offsets[place] + 2 * (code - starts[place])
                glyph = struct.unpack(">H", font[spot : spot + 2])[0]
            if glyph:
                yield code
