"""Words that stand inside the patterns of the readers: the `[patterns]` table of the language files.

In charge of reading it and of putting the words of all languages into a pattern, which is compiled when a mail first
needs it. Most of these words join others ("order 5501 *for* 20 EUR") and are looked for whatever language a mail is
in: shops put the notes of one language below the text of another. What a pattern finds means is up to the reader.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property

from monitor.knowledge.phrases import SPACELESS
from monitor.knowledge.values import FOLDER, LANGUAGES
from monitor.knowledge.words import KnowledgeError

_HEADING = b"\n[patterns]\n"  # the last table of a file
_TAIL = 16_384  # bytes at the end of a file within which it stands
_NAMED = re.compile(r"(?<!\?P)<(\\b)?([a-z_]+)(\\b)?>")


@cache
def _lines(language: str) -> Mapping[str, str]:
    """The lists of one language as they are written, by name: each is parsed when it is asked for.

    Raises KnowledgeError where the table is missing.
    """
    path = FOLDER / f"{language}.toml"
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        _, heading, content = file.read().rpartition(_HEADING)
    if not heading:
        raise KnowledgeError(f"{path.name}: there is no table [patterns] at its end")
    lines = content.decode("utf-8").split("\n")
    return {name: line for line in lines if line and line[0] != "#" and (name := line.partition(" = ")[0])}


def tables(language: str) -> Mapping[str, list[str]]:
    """The table of one language. Raises KnowledgeError where it is missing or cannot be read."""
    return {name: _list(language, name) for name in _lines(language)}


def _list(language: str, table: str) -> list[str]:
    line = _lines(language).get(table)
    if line is None:
        raise KnowledgeError(f"{language}.toml: patterns: no list is called {table}")
    try:
        found: list[str] = json.loads(line[len(table) + 3 :])  # strings without escapes are the same in TOML
    except ValueError:
        try:
            found = tomllib.loads(line)[table]
        except tomllib.TOMLDecodeError as wrong:
            raise KnowledgeError(f"{language}.toml: patterns.{table}: {wrong}") from None
    return found


@cache
def words(table: str, *languages: str) -> tuple[str, ...]:
    """The words of one list, of all languages or of those named, each once, as they stand in the files.

    Raises KnowledgeError for a list that a file lacks, or that cannot be read.
    """
    return tuple(dict.fromkeys(word for language in languages or LANGUAGES for word in _list(language, table)))


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
