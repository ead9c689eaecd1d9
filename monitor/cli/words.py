"""The sentences of the command line in the user's language: `templates/catalog/cli.<language>.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache

_language: str | None = None


def speak(language: str | None) -> None:
    """From now on, speak this language (`user.language`, once the settings are read); None: that of the locale."""
    global _language
    _language = language


def language() -> str:
    """The language being spoken: the user's, before the settings are read that of the locale."""
    if _language is not None:
        return _language
    for name in ("REFUND_MONITOR_USER__LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "ko" if os.environ[name].lower().startswith("ko") else "en"
    return "en"


@cache
def catalog(language: str) -> Mapping[str, str]:
    """The messages of the command line in a language."""
    from monitor import render  # late: a command that says nothing needs no templates

    text = render.template_root().joinpath("catalog", f"cli.{language}.toml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in tomllib.loads(text).items()}


def say(key: str, /, **values: object) -> str:
    """The sentence `key` with its values, from the command line's own catalog."""
    from monitor import particles

    return particles.resolved(catalog(language())[key].format_map(values))


def say_if_known(key: str, otherwise: str) -> str:
    """The sentence `key`, or `otherwise` where the catalog has none."""
    return catalog(language()).get(key, otherwise)
