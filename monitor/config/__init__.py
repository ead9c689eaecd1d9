"""The user's settings: TOML and environment -> a frozen Config, with every problem named at once.

In charge of finding the file, of defaults, of checking each value and of fetching a password at the moment it
is needed. Not in charge of the facts about mail providers (`knowledge` has them; `resolve` puts the two
together) and not of connecting to anything.
"""

from monitor.config import places
from monitor.config.explain import ConfigError
from monitor.config.loading import find, load, search_path
from monitor.config.logins import Endpoint, Login, SecretError, readable_by_others, resolve, secret, uses_plain_password
from monitor.config.model import Account, Config, Digest, Expect, Reading, Schedule, Silence, Smtp, Store, User
from monitor.config.places import country_of_zone, known_countries, system_language, system_zone

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
