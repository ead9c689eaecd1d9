"""Facts and a family of texts become sentences.

In charge of the templates: `drafts/<family>/<language>.j2` has the blocks `subject`, `letter` and `ask` (what is asked,
in one or two sentences, for a call or a chat); `drafts/parts/<language>/` has what all families share, taken in with
`part("name")`. Which family, language and addressee is the caller's choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from monitor import render
from monitor.draft.facts import Facts
from monitor.types import Money

# The day by which something is asked, with the blank that it needs in a sentence; nothing where no day is named.
_BY: Mapping[str, str] = {
    "ko": "{day}까지 ",
    "en": " by {day}",
    "ja": "{day}までに",
    "de": " bis zum {day}",
    "fr": " au plus tard le {day}",
    "es": " a más tardar el {day}",
    "zh": "最迟于{day}",
}


@dataclass(frozen=True, slots=True)
class Written:
    """The texts of one step in one language. `script`, `chat` and `private` are "" where the language has none.

    `cited` tells whether the letter lists the articles of `Facts.citations`.
    """

    subject: str
    letter: str
    script: str
    chat: str
    private: str
    cited: bool


@cache
def languages(family: str) -> tuple[str, ...]:
    """The languages in which there are texts of a family; empty for one that has none."""
    folder = render.template_root().joinpath("drafts", family)
    return tuple(code for code in render.LETTER_LANGUAGES if folder.joinpath(f"{code}.j2").is_file())


def write(family: str, language: str, facts: Facts) -> Written:
    """All texts of `family` in `language`, tidied; see `languages` for what there is."""
    made: dict[tuple[object, ...], str] = {}
    environment = render.environment()

    def part(name: str, **more: object) -> str:
        key = (name, *sorted(more.items()))
        if key not in made:  # a situation stands in the letter, the script and the chat
            template = environment.get_template(f"drafts/parts/{language}/{name}.j2")
            made[key] = render.tidy(template.render({"language": language, **shared, **more}))
        return made[key]

    def money(value: Money | None) -> str:
        return "" if value is None else render.money(value, language)

    def paren(value: Money | None) -> str:
        return "" if value is None else f"({render.money(value, language)})"

    def day(value: date | None, style: str = "plain") -> str:
        return "" if value is None else render.day(value, language, style)

    style = "plain" if language in ("de", "es") else "long"  # a weekday would want a comma there
    by = _BY[language].format(day=day(facts.answer_by, style)) if facts.answer_by else ""
    shared: dict[str, Any] = {"f": facts, "part": part, "m": money, "paren": paren, "d": day, "by": by}
    parts = render.blocks(f"drafts/{family}/{language}.j2", language, **shared)
    cited = ("basis",) in made and bool(facts.citations)
    ask = parts.get("ask", "")
    speech = language in render.LANGUAGES and bool(ask)
    return Written(
        subject=render.one_line(parts["subject"], 150),
        letter=parts["letter"],
        script=parts["script"] if "script" in parts else part("script", ask=ask) if speech else "",
        chat=part("chat", ask=ask) if speech else "",
        private=part("private", ask=ask) if speech and facts.role == "seller" else "",
        cited=cited,
    )
