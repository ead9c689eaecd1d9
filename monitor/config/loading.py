"""Find the file, read it, lay the environment over it, fill in what follows from it, and check it all at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from monitor.config import places
from monitor.config.explain import ConfigError, Place, explain
from monitor.config.model import Config, Secret
from monitor.config.places import PREFIX, find


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        problem = "there is no such config file; `refund-monitor init` writes one"
    except IsADirectoryError:
        problem = "is a folder; name the file in it, for example config.toml"
    except OSError as error:
        problem = f"the config file cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "is not a UTF-8 text file"
    except tomllib.TOMLDecodeError as error:
        problem = f"is not valid TOML: {error}"
    raise ConfigError([f"{path}: {problem}"])


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> dict[Place, str]:
    """Lay REFUND_MONITOR_<TABLE>__<KEY> over `data`; an empty value counts as not given.

    Returns which variable each overlaid value came from.
    """
    origins: dict[Place, str] = {}
    if isinstance(data.get("cards"), list) and any(name.startswith(f"{PREFIX}CARDS__") for name in environ):
        data["cards"] = {str(number): card for number, card in enumerate(data["cards"])}  # as the variables count them
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or "__" not in variable or not environ[variable].strip():
            continue
        place = [part.lower() for part in variable.removeprefix(PREFIX).split("__")]
        if place[0] == "accounts" and len(place) > 1:
            place[1] = _account(data, place[1])
        table: Any = data
        for step in place[:-1]:
            table = table.setdefault(step, {})
            if not isinstance(table, dict):
                break  # the file has a value where a table belongs: the check will say so
        else:
            if place[-1] in Secret.model_fields:
                # the environment wins: another source of the same password in the file steps back
                for other in Secret.model_fields:
                    if (*place[:-1], other) not in origins:
                        table.pop(other, None)
            table[place[-1]] = environ[variable]
            origins[tuple(place)] = variable
    return origins


def _account(data: Mapping[str, Any], name: str) -> str:
    """The account of the file that an environment variable means (HOME_MAIL for "home-mail"), else the name itself."""
    accounts = data.get("accounts")
    for known in accounts if isinstance(accounts, Mapping) else ():
        if str(known).lower().replace("-", "_") == name:
            return str(known)
    return name


def _derive(data: dict[str, Any], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Fill in language, time zone and country where they are not given but follow from what is known.

    The language is that of the locale. The time zone is the machine's, unless that is UTC (as on most servers) and
    the country has just one. The country is that of the time zone, else KR for Korean; else it stays unknown,
    and the periods for "elsewhere" apply, which are the longest: a late alarm is better than a wrong one.
    """
    user = data.setdefault("user", {})
    if not isinstance(user, dict):
        return ()
    given = {key for key in ("language", "country", "timezone") if user.get(key)}
    if "language" not in given:
        user["language"] = places.system_language(environ)
    country = str(user.get("country", "")).strip().upper().replace("UK", "GB")
    if "timezone" not in given:
        zone = places.system_zone(environ)
        by_country = "" if places.says_place(zone) else places.zone_of_country(country)
        user["timezone"] = by_country or zone or "UTC"
    if "country" not in given:
        by_zone = places.country_of_zone(str(user["timezone"]))
        user["country"] = by_zone or ("KR" if str(user["language"]).lower() == "ko" else "")
        if user["country"] == "KR" and "timezone" not in given and not places.says_place(user["timezone"]):
            user["timezone"] = "Asia/Seoul"
    return tuple(f"user.{key}" for key in ("language", "country", "timezone") if key not in given)


def _contradictions(data: Mapping[str, Any]) -> list[str]:
    """What each table by itself cannot tell: asked of the raw data, so that it is named along with all the rest."""
    lines = []
    accounts = data.get("accounts", {})
    accounts = accounts if isinstance(accounts, Mapping) else {}
    smtp = data.get("smtp", {})
    smtp = smtp if isinstance(smtp, Mapping) else {}
    for name, account in accounts.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", str(name)):
            lines.append(f"accounts.{name}: an account's name is made of letters, digits, _ and -; for example home")
        if isinstance(account, Mapping) and not any(account.get(key) for key in ("host", "preset", "address")):
            lines.append(
                f"accounts.{name}: needs the address of a mailbox at a known provider, or a preset, or a host;"
                ' for example address = "me@gmail.com"'
            )
    for table, values in [*((f"accounts.{name}", account) for name, account in accounts.items()), ("smtp", smtp)]:
        given = [key for key in Secret.model_fields if isinstance(values, Mapping) and values.get(key)]
        if len(given) > 1:
            lines.append(f"{table}: has {' and '.join(given)}; keep one of them")
    if isinstance(smtp.get("account"), str) and smtp["account"] not in {*accounts, ""}:
        known = f"; there is {', '.join(map(str, accounts))}" if accounts else ""
        lines.append(f"smtp.account: there is no account {smtp['account']!r}{known}")
    web = data.get("web", {})
    if isinstance(web, Mapping) and web.get("user_header") and not web.get("trusted_proxies"):
        lines.append(
            "web.user_header: who logs in by a header comes from a proxy that is named; set web.trusted_proxies too,"
            ' for example trusted_proxies = ["192.168.1.2"]'
        )
    return lines


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The settings from `path` (None: the usual places, see `find`) and the environment, which wins.

    Raises ConfigError with every problem that can be seen at once.
    """
    found = find(path, environ)
    data = _read(found) if found is not None else {}
    origins = _overlay(data, environ)
    assumed = _derive(data, environ)
    lines: list[str] = []
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        lines = explain(error, origins)
    lines += _contradictions(data)
    if lines:
        raise ConfigError([f"{found}: {line}" for line in lines] if found is not None else lines)
    config._path = found
    config._assumed = assumed
    config._data_home = places.data_home(environ)
    config._home = places.home(environ)
    return config
