"""Passwords and servers of an account: fetch the secret when it is needed, join the account with its provider."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monitor.config.model import Account, Config, Smtp

_COMMAND_SECONDS = 30


class SecretError(Exception):
    """A password could not be fetched. The message names the source, never the password."""


class Endpoint(Protocol):
    """A server as the provider's data file states it."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def tls(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Login:
    """A server to connect to. `usernames`: to be tried in this order. `tls`: implicit, starttls or none."""

    host: str
    port: int
    tls: str
    usernames: tuple[str, ...]
    address: str | None


_PORTS: Mapping[tuple[str, str], int] = {
    ("imap", "implicit"): 993, ("imap", "starttls"): 143, ("imap", "none"): 143,
    ("smtp", "implicit"): 465, ("smtp", "starttls"): 587, ("smtp", "none"): 25,
}  # fmt: skip


def resolve(account: Account | Smtp, server: Endpoint | None, *, protocol: str = "imap",
            address: str | None = None, usernames: tuple[str, ...] = ()) -> Login | None:  # fmt: skip
    """What the user set, else what the provider's data say, else the protocol's usual port with TLS.

    `server` is the provider's server for `protocol` ("imap" or "smtp"), `usernames` the forms of the log-in name
    that the provider takes; None is returned where neither side names a host.
    """
    own = account.own_address if isinstance(account, Account) else account.sender
    host = account.host or (server.host if server else None)
    if not host:
        return None
    preset = server if server is not None and account.host in (None, server.host) else None
    by_port = {port: tls for (name, tls), port in _PORTS.items() if name == protocol and tls != "none"}
    tls = account.tls or (preset.tls if preset and account.port is None else None)
    tls = tls or by_port.get(account.port or 0, "implicit")
    port = account.port or (preset.port if preset and preset.tls == tls else _PORTS[protocol, tls])
    address = address or own
    names = (account.username,) if account.username else usernames or ((address,) if address else ())
    return Login(host, port, tls, names, address)


def secret(login: Account | Smtp, name: str, config: Config, environ: Mapping[str, str]) -> str | None:
    """The password of an account (`name`: its name, "smtp" for the sending server), None where none is set up.

    Sources: password, password_file, password_command, password_env, else the systemd credential of that name
    ($CREDENTIALS_DIRECTORY/<name>). Raises SecretError where the named source gives nothing.
    """
    if login.password is not None:
        return login.password.get_secret_value()
    if login.password_file is not None:
        return _from_file(config.locate(login.password_file))
    if login.password_command:
        return _from_command(login.password_command)
    if login.password_env:
        if not environ.get(login.password_env):
            raise SecretError(f"the environment variable {login.password_env} is not set")
        return environ[login.password_env]
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if folder and (Path(folder) / name).is_file():
        return _from_file(Path(folder) / name)
    if isinstance(login, Smtp) and login.account:
        return secret(config.accounts[login.account], login.account, config, environ)
    return None


def _from_file(path: Path) -> str:
    try:
        password = path.read_text(encoding="utf-8").strip("\r\n")
    except OSError as error:
        raise SecretError(f"the password file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretError(f"the password file {path} is not UTF-8 text") from None
    if not password:
        raise SecretError(f"the password file {path} is empty")
    return password


def _from_command(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, given as a list, no shell
            list(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_SECONDS, check=False
        )
    except FileNotFoundError:
        raise SecretError(f"the password command {command[0]} was not found") from None
    except (OSError, ValueError) as error:
        raise SecretError(f"the password command {command[0]} could not be started: {error}") from None
    except subprocess.TimeoutExpired:
        raise SecretError(f"the password command {command[0]} took longer than {_COMMAND_SECONDS} seconds") from None
    # only the status is told: what a password tool prints may hold the password
    if done.returncode != 0:
        raise SecretError(f"the password command {command[0]} failed with status {done.returncode}")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0]:
        raise SecretError(f"the password command {command[0]} printed nothing")
    return lines[0]


def uses_plain_password(config: Config) -> list[str]:
    """The tables whose password stands in the settings themselves, for a warning."""
    tables = {f"accounts.{name}": account for name, account in config.accounts.items()}
    return [table for table, login in [*tables.items(), ("smtp", config.smtp)] if login.password is not None]


def readable_by_others(path: Path) -> bool:
    """Whether anyone but the owner may read the file (False where it can't be told)."""
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False
