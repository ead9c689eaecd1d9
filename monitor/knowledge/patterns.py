"""Words that stand inside the patterns of the readers: the `[patterns]` table of the language files.

In charge of reading it and of putting the words of all languages into a pattern, which is compiled when a mail first
needs it. Most of these words join others ("order 5501 *for* 20 EUR") and are looked for whatever language a mail is
in: shops put the notes of one language below the text of another. What a pattern finds means is up to the reader.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from monitor.knowledge import lists
from monitor.knowledge.phrases import SPACELESS
from monitor.knowledge.values import FOLDER, LANGUAGES
from monitor.knowledge.words import KnowledgeError

_HEADING = b"\n[patterns]\n"  # the last table of a file
_NAMED = re.compile(r"(?<!\?P)<(\\b)?([a-z_]+)(\\b)?>")


@cache
def tables(language: str) -> Mapping[str, list[str]]:
    """The table of one language. Raises KnowledgeError where it is missing or cannot be read."""
    path = FOLDER / f"{language}.toml"
    content = path.read_bytes()
    at = content.rfind(_HEADING)
    try:
        parsed: dict[str, Any] = lists.loads(content[at + 1 :].decode("utf-8")) if at >= 0 else {}
        return dict(parsed["patterns"])
    except (KeyError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise KnowledgeError(f"{path.name}: patterns: {wrong}") from None


@cache
def words(table: str, *languages: str) -> tuple[str, ...]:
    """The words of one list, of all languages or of those named, each once, as they stand in the files."""
    try:
        listed = [word for language in languages or LANGUAGES for word in tables(language)[table]]
    except KeyError as missing:
        raise KnowledgeError(f"patterns: no list is called {missing}") from None
    return tuple(dict.fromkeys(listed))


class Worded:
    """A pattern with lists of words in it, compiled when it is first used.

    `<total>` stands for any word of the list `total`; with `<\\btotal\\b>` those of languages that write spaces between
    words begin or end where words do. A blank within a word stands for any white space.
    """

    def __init__(self, template: str, flags: int = 0) -> None:
        self._template = template
        self._flags = flags

    @cached_property
    def re(self) -> re.Pattern[str]:
        """The pattern. Raises KnowledgeError for a list that does not exist or is no regular expression."""
        try:
            return re.compile(_NAMED.sub(_any_of, self._template), self._flags)
        except re.error as wrong:
            raise KnowledgeError(f"patterns: {self._template}: {wrong}") from None


def _any_of(named: re.Match[str]) -> str:
    before, table, after = named[1] or "", named[2], named[3] or ""
    if not (before or after):
        return f"(?:{_joined(words(table))})"
    spaced = _joined(words(table, *(language for language in LANGUAGES if language not in SPACELESS)))
    packed = words(table, *(language for language in LANGUAGES if language in SPACELESS))
    return f"(?:{before}(?:{spaced}){after}{'|' if packed else ''}{_joined(packed) if packed else ''})"


def _joined(found: tuple[str, ...]) -> str:
    return "|".join(found).replace(" ", r"\s") or "(?!)"
