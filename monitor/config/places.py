"""Where things lie and where the user lives: config file, XDG folders, time zone, country, language.

Countries and zones come from the tables of the tz database (`iso3166.tab`, `zone.tab` in the tzdata package),
so that nothing is typed in by hand. A default is only taken where it follows from something that is known.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

NAME = "refund-monitor"
PREFIX = "REFUND_MONITOR_"  # of environment variables
KNOWLEDGE = "knowledge"  # the folder of the user's own knowledge, among the program's data

#: Zones that say how a machine counts, not where anyone lives.
_PLACELESS = ("UTC", "Etc/", "GMT", "Universal", "Zulu", "UCT", "Greenwich")


def home(environ: Mapping[str, str]) -> Path:
    """The home folder; the root folder where there is none (a service without HOME)."""
    given = environ.get("HOME") or os.environ.get("HOME")
    if given:
        return Path(given)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)  # Path.home() takes an empty HOME for "/"
    except KeyError:
        return Path("/")


def config_home(environ: Mapping[str, str]) -> Path:
    """$XDG_CONFIG_HOME/refund-monitor, by default ~/.config/refund-monitor."""
    base = environ.get("XDG_CONFIG_HOME", "")
    # the XDG Base Directory Specification says that relative values are to be ignored
    return (Path(base) if base.startswith("/") else home(environ) / ".config") / NAME


def data_home(environ: Mapping[str, str]) -> Path:
    """Where the program keeps its data: systemd's $STATE_DIRECTORY, else the XDG data folder."""
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state.startswith("/"):
        return Path(state)
    base = environ.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else home(environ) / ".local" / "share") / NAME


def search_path(environ: Mapping[str, str]) -> list[Path]:
    """Where a config file is looked for when none is named, best first."""
    return [config_home(environ) / "config.toml", Path("/etc") / NAME / "config.toml"]


def find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The config file: the named one, $REFUND_MONITOR_CONFIG, the first that exists on the search path, or None."""
    if path is not None:
        return path
    if environ.get(f"{PREFIX}CONFIG"):
        return Path(environ[f"{PREFIX}CONFIG"])
    return next((place for place in search_path(environ) if _exists(place)), None)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder that we may not look into
        return False


@cache
def _table(name: str) -> tuple[tuple[str, ...], ...]:
    spec = find_spec("tzdata")  # a package of data only: nothing of it needs to be imported
    if spec is None or spec.origin is None:
        raise RuntimeError("the package tzdata is not installed")
    text = (Path(spec.origin).parent / "zoneinfo" / name).read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


@cache
def known_countries() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 code -> English name."""
    return {row[0]: row[1] for row in _table("iso3166.tab")}


def country_of_zone(zone: str) -> str:
    """The country that an IANA time zone belongs to, "" for UTC and other placeless zones."""
    return next((row[0] for row in _table("zone.tab") if row[2] == zone), "")


def zone_of_country(country: str) -> str:
    """The time zone of a country that has just one, else an empty string."""
    zones = [row[2] for row in _table("zone.tab") if row[0] == country]
    return zones[0] if len(zones) == 1 else ""


def is_zone(name: str) -> bool:
    """Whether the name is an IANA time zone that this machine (or the tzdata package) knows."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # path tricks; folders such as "Asia"; unknown names
        return False
    return True


def says_place(zone: str) -> bool:
    """Whether the zone tells where someone lives (UTC, as on most servers, does not)."""
    return bool(zone) and not zone.startswith(_PLACELESS)


def system_zone(environ: Mapping[str, str], etc: Path = Path("/etc")) -> str:
    """The IANA zone that the machine is set to ($TZ, /etc/timezone, /etc/localtime), "" if it can't be told."""
    candidates = [environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError, UnicodeDecodeError):
        candidates.append((etc / "timezone").read_text(encoding="utf-8").strip())
    with suppress(OSError):
        candidates.append(str((etc / "localtime").resolve(strict=True)).partition("/zoneinfo/")[2])
    return next((name for name in candidates if name and is_zone(name)), "")


def system_language(environ: Mapping[str, str]) -> str:
    """`ko` where the locale says Korean, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "ko" if environ[name].lower().startswith("ko") else "en"
    return "en"
