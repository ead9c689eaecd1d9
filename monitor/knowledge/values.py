"""The value tables of the language files: `[labels]`, `[money]`, `[dates]`, `[payment]`, `[promises]`, `[identity]`.

In charge of reading them, once per language. What the words mean is up to `monitor.extract`; the tables by which
kinds of mail are known are read elsewhere in this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from monitor.knowledge import lists

TABLES = ("labels", "money", "dates", "payment", "promises", "identity")
FOLDER = Path(__file__).parent / "languages"
LANGUAGES = ("en", *sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "en"))  # the reference first


@cache
def tables(language: str) -> Mapping[str, Any]:
    """The value tables of a language (ISO 639-1); those of English for one that has no file or no such tables."""
    if language in LANGUAGES:
        text = (FOLDER / f"{language}.toml").read_text(encoding="utf-8")
        end = text.rfind("\n[patterns]")  # which are read by `patterns`, and what stands above the labels by `words`
        parsed = lists.loads(text[max(0, text.find("\n[labels]")) : end if end >= 0 else len(text)])
        found = {name: parsed[name] for name in TABLES if name in parsed}
        if found:
            return found
    return {} if language == "en" else tables("en")
