"""A template of `templates/evidence` and its values, printed by typst as a PDF or a picture.

In charge of handing typst the template, the values as JSON and the pictures, with the fonts of the
package and no others: the same values give the same paper on every machine. Values are data, never part of the
template: nothing in a mail can act. typst is an extra; without it `NoTypst` says what to install.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from monitor import render
from monitor.evidence import fonts


class NoTypst(Exception):
    """typst is not installed."""


class Unprintable(Exception):
    """typst refused a paper; most often a picture that only looks like one."""


def available() -> bool:
    """Whether papers can be printed here."""
    return find_spec("typst") is not None


def printed(
    template: str, values: Mapping[str, Any], *, at: datetime, pictures: Mapping[str, bytes] | None = None
) -> bytes:
    """`templates/evidence/<template>.typ` with its values as a PDF, dated `at`. Raises NoTypst, Unprintable."""
    return _compile(template, values, pictures or {}, {"format": "pdf", "timestamp": int(at.timestamp())})


def picture(template: str, values: Mapping[str, Any], *, ppi: float = 144) -> bytes:
    """The same as a PNG of its first page. Raises NoTypst, Unprintable."""
    return _compile(template, values, {}, {"format": "png", "ppi": ppi})


def _compile(
    template: str, values: Mapping[str, Any], pictures: Mapping[str, bytes], options: Mapping[str, Any]
) -> bytes:  # fmt: skip
    try:
        import typst
    except ImportError:
        raise NoTypst from None
    source = render.template_root().joinpath("evidence", f"{template}.typ").read_bytes()
    emoji = render.message("pack.emoji", render.supported(str(values.get("lang", ""))))
    data = json.dumps(_drawable(dict(values, fonts=list(fonts.FAMILIES)), emoji), ensure_ascii=False).encode()
    members = {"main.typ": source, "data.json": data, **pictures}
    settings = {"font_paths": [str(fonts.folder())], "ignore_system_fonts": True, **options}
    try:
        made = (_from_folder if pictures else _from_memory)(typst.compile, members, settings)
    except RuntimeError as error:  # TypstError is one; so is what it says of a file that it cannot read
        raise Unprintable(str(error)) from None
    pages = made if isinstance(made, list) else [made]
    if not pages or pages[0] is None:
        raise Unprintable("an empty paper")
    return bytes(pages[0])


def _from_memory(compile_: Callable[..., Any], members: Mapping[str, bytes], settings: Mapping[str, Any]) -> Any:
    return compile_(dict(members), **settings)


def _from_folder(compile_: Callable[..., Any], members: Mapping[str, bytes], settings: Mapping[str, Any]) -> Any:
    """From memory typst takes texts only: with pictures it reads a folder that only the user can open, for a moment."""
    with TemporaryDirectory(prefix="refund-monitor-") as name:
        folder = Path(name)
        for member, content in members.items():
            (folder / member).write_bytes(content)
        return compile_(str(folder / "main.typ"), root=name, **settings)


def _drawable(value: Any, emoji: str) -> Any:
    """The values with every text as the fonts can draw it."""
    if isinstance(value, str):
        return fonts.drawable(value, emoji)
    if isinstance(value, Mapping):
        return {key: _drawable(each, emoji) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_drawable(each, emoji) for each in value]
    return value
