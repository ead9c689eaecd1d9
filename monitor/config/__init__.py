"""The user's settings: TOML and environment -> a frozen Config, with every problem named at once.

In charge of finding the file, of defaults, of checking each value and of fetching a password at the moment it
is needed. Not in charge of the facts about mail providers (`knowledge` has them; `resolve` puts the two
together) and not of connecting to anything.

What checks values takes longer to load than all that reads a mail, so each name is loaded when it is first asked for:
`places` can be had alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from monitor.config import places
from monitor.config.places import country_of_zone, find, known_countries, search_path, system_language, system_zone

if TYPE_CHECKING:
    from monitor.config.explain import ConfigError
    from monitor.config.loading import load
    from monitor.config.logins import (
        Endpoint,
        Login,
        SecretError,
        readable_by_others,
        resolve,
        secret,
        uses_plain_password,
    )
    from monitor.config.model import Account, Config, Digest, Expect, Reading, Schedule, Silence, Smtp, Store, User

__all__ = [
    "Account",
    "Config",
    "ConfigError",
    "Digest",
    "Endpoint",
    "Expect",
    "Login",
    "Reading",
    "Schedule",
    "SecretError",
    "Silence",
    "Smtp",
    "Store",
    "User",
    "country_of_zone",
    "find",
    "known_countries",
    "load",
    "places",
    "readable_by_others",
    "resolve",
    "search_path",
    "secret",
    "system_language",
    "system_zone",
    "uses_plain_password",
]

_LATE = {
    "explain": ("ConfigError",),
    "loading": ("load",),
    "logins": (
        "Endpoint", "Login", "SecretError", "readable_by_others", "resolve", "secret", "uses_plain_password",
    ),
    "model": (
        "Account", "Config", "Digest", "Expect", "Reading", "Schedule", "Silence", "Smtp", "Store", "User",
    ),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """A name that is loaded late (PEP 562)."""
    for module, names in _LATE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
