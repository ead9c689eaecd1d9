"""Problems of a config in plain words: which key, what is wrong with it, what a right value looks like."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from monitor.config.model import Config
from monitor.config.places import known_countries

Place = tuple[str, ...]


class ConfigError(Exception):
    """The settings cannot be used. `problems`: one plain line each, all of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]


def keys_of(place: Place) -> list[str]:
    """The keys that may stand in the table at `place`; [] where it is not a table of ours."""
    model: type[BaseModel] = Config
    steps = list(place)
    while steps:
        field = model.model_fields.get(steps.pop(0))
        inner = _models(field.annotation) if field else []
        if not inner:
            return []
        model = inner[0]
        if model.__name__ == "Account" and steps:  # the account's own name lies between
            steps.pop(0)
    return list(model.model_fields)


def _example(place: Place) -> str:
    """How a right value looks in the file, as far as the model says."""
    model: type[BaseModel] = Config
    for number, step in enumerate(place):
        field = model.model_fields.get(step)
        if field is None:
            continue  # the name of an account, the index in a list
        if number and field.examples:
            return f"{step} = {toml(field.examples[0])}"
        inner = _models(field.annotation)
        model = inner[0] if inner else model
    return ""


def toml(value: Any) -> str:
    """A plain value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml(str(k))} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return str(value)


def _near(word: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


_PLAIN: Mapping[str, str] = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text in quotes",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "path_type": "must be a path in quotes",
    "date_type": "must be a date",
    "date_parsing": "must be a date",
    "date_from_datetime_parsing": "must be a date",
    "date_from_datetime_inexact": "must be a date",
    "time_type": "must be a time of day",
    "time_parsing": "must be a time of day",
}


def _what(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in ("literal_error", "enum"):
        return f"must be one of {context['expected']}"
    if kind == "greater_than_equal":
        return f"must be at least {context['ge']}"
    if kind == "less_than_equal":
        return f"must be at most {context['le']}"
    if kind == "value_error":
        return str(context["error"])
    return str(error["msg"])


def explain(error: ValidationError, origins: Mapping[Place, str]) -> list[str]:
    """One line per problem. `origins`: which environment variable a value came from. Never shows a value of a secret.

    Values that the user typed appear only where they are names (keys, zones, countries, addresses).
    """
    lines = []
    for item in error.errors(include_url=False, include_input=False):
        # a validator of an optional value is reported with the name of the function behind the key
        place = tuple(
            str(step) for step in item["loc"] if not str(step).startswith(("function-", "constrained-", "[key]"))
        )
        dotted = ".".join(place)
        origin = next((origins[place[:n]] for n in range(len(place), 0, -1) if place[:n] in origins), None)
        source = f" (from {origin})" if origin else ""
        if item["type"] == "extra_forbidden":
            known = keys_of(place[:-1])
            where = f"[{'.'.join(place[:-1])}] has no such key" if place[:-1] else "there is no such table"
            hint = _near(place[-1], known)
            rest = "" if hint else f"; it may have {', '.join(known)}"
            lines.append(f"{dotted}{source}: {where}{hint or rest}")
            continue
        what = _what(item)
        if not place:  # said by a check of the whole file, which names its key itself
            lines.append(what)
            continue
        if place == ("user", "timezone"):
            what += _near_zone(what)
        elif place == ("user", "country"):
            what += _near_country(what)
        example = _example(place)
        lines.append(f"{dotted}{source}: {what}" + (f"; for example {example}" if example else ""))
    return lines


def _quoted(text: str) -> str:
    return text.split("'")[1] if text.count("'") >= 2 else ""


def _near_zone(what: str) -> str:
    from zoneinfo import available_timezones

    zones = {zone.lower(): zone for zone in available_timezones()}
    cities = {zone.rpartition("/")[2]: zone for zone in zones}
    word = _quoted(what).lower().replace(" ", "_")
    near = difflib.get_close_matches(word, list(zones), n=1) or [
        cities[city] for city in difflib.get_close_matches(word.rpartition("/")[2], list(cities), n=1)
    ]
    return f"; did you mean {zones[near[0]]!r}?" if near else ""


def _near_country(what: str) -> str:
    word = _quoted(what).lower()
    fitting = [f"{code!r} for {name}" for code, name in known_countries().items() if word and word in name.lower()]
    return f"; perhaps {' or '.join(fitting)}" if 1 <= len(fitting) <= 4 else ""
