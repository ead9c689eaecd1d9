"""Why a mail was taken for what it is, in the reader's language.

The stages give reasons in English, as they weigh them, and these are kept with each mail. In charge of saying them in
another language by `templates/catalog/reasons.<language>.toml`; words that it does not know are left as they are. It
judges nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from monitor import render
from monitor.types import Kind

_BETWEEN = re.compile(r"; |, |: ")
_JOINED = ". "


@dataclass(frozen=True, slots=True)
class _Words:
    """The reasons of one language: the pattern that finds the English ones, longest first, and what to say."""

    pattern: re.Pattern[str]
    said: tuple[str, ...]
    kinds: Mapping[str, str]


@cache
def known(language: str) -> Mapping[str, str]:
    """The English reasons (with their placeholders) that can be said in `language`, each with its words."""
    return {key: value for key, value in _file(language).items() if isinstance(value, str)}


def said(reason: str, language: str) -> str:
    """A reason in the words of `language`; parts that are not known stay as they are."""
    words = _words(language)
    if words is None or not reason:
        return reason
    parts: list[str] = []
    place = 0
    while place < len(reason):
        found = words.pattern.match(reason, place)
        if found is None:  # not ours, or newer than the catalog: up to the next part as it is
            end = _BETWEEN.search(reason, place)
            parts.append(reason[place : end.start() if end else len(reason)])
            place = end.end() if end else len(reason)
            continue
        text = words.said[int(str(found.lastgroup)[1:])]
        values = {name[0]: value for name, value in found.groupdict().items() if value and name[0] in "kw"}
        parts.append(text.replace("{kind}", _kind(values.get("k", ""), words, language)).replace(
            "{what}", values.get("w", "")
        ))  # fmt: skip
        gap = _BETWEEN.match(reason, found.end())
        place = gap.end() if gap else found.end()
    return _JOINED.join(parts) + "."


def _kind(name: str, words: _Words, language: str) -> str:
    if name in words.kinds:
        return words.kinds[name]
    value = name.replace(" ", "_")
    return render.word("kind", value, language) if value in {kind.value for kind in Kind} else name


@cache
def _words(language: str) -> _Words | None:
    catalog = known(language)
    if not catalog:
        return None
    pieces = []
    order = sorted(catalog, key=len, reverse=True)
    for number, key in enumerate(order):
        piece = re.escape(key).replace(r"\{kind\}", rf"(?P<k{number}>[a-z ]{{2,40}})")
        piece = piece.replace(r"\{what\}", rf"(?P<w{number}>[^()]{{1,80}})")
        pieces.append(rf"(?P<n{number}>{piece}(?=; |, |: |$))")
    kinds = _file(language).get("kinds", {})
    assert isinstance(kinds, dict)  # as the file has it; a test loads it
    return _Words(re.compile("|".join(pieces)), tuple(catalog[key] for key in order), kinds)


@cache
def _file(language: str) -> Mapping[str, object]:
    place = render.template_root().joinpath("catalog", f"reasons.{language}.toml")
    return tomllib.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
