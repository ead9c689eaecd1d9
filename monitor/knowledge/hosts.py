"""Mail providers as data: servers, log-in, folder names, set-up steps, and what their error texts mean.

In charge of loading and validating `mail_hosts/*.toml` (one file per provider; the file name is the id) and of
`mail_hosts/_errors.toml` (what a kind of failure means, in both languages, whoever the provider is). It opens
no connection and decides nothing: `imap` and `smtp` ask it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "mail_hosts"

TLS_KINDS = ("implicit", "starttls", "none")
USERNAME_FORMS = ("address", "local_part", "address_then_local", "local_then_address", "given")
AUTH_KINDS = ("app_password", "password", "xoauth2", "bridge_password")
FOLDER_ROLES = ("sent", "drafts", "trash", "junk", "archive", "all")
CERTAINTIES = ("high", "medium", "low")
LANGUAGES = ("en", "ko")


class HostDataError(ValueError):
    """A provider file is wrong; the message names the file and every fault in it."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server: host name, TCP port, and how TLS starts (implicit, starttls or none)."""

    host: str
    port: int
    tls: str


@dataclass(frozen=True, slots=True)
class HostError:
    """An error text of a provider and what it means. `kind`: of the `MailboxError`, "" where unclear."""

    contains: str
    kind: str
    meaning: Mapping[str, str]  # language -> one sentence


@dataclass(frozen=True, slots=True)
class MailHost:
    """What is known of one provider."""

    id: str
    name: str
    country: str
    domains: tuple[str, ...]
    imap: Server | None
    smtp: Server | None
    smtp_alt: tuple[Server, ...]
    username: str  # one of USERNAME_FORMS
    auth: tuple[str, ...]
    steps: Mapping[str, tuple[str, ...]]
    folders: Mapping[str, tuple[str, ...]]  # role -> names, for servers that do not tell (RFC 6154)
    errors: tuple[HostError, ...]
    sent_copy: str  # who files a sent letter: server, client, unknown
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    certainty: str
    checked: str  # ISO date

    def usernames(self, address: str) -> tuple[str, ...]:
        """The log-in names worth trying for `address`, best first; at most two, since wrong log-ins lock accounts."""
        local = address.partition("@")[0]
        forms = {
            "address": (address,),
            "local_part": (local,),
            "address_then_local": (address, local),
            "local_then_address": (local, address),
            "given": (address,),
        }
        return tuple(dict.fromkeys(forms[self.username]))


@dataclass(frozen=True, slots=True)
class Hosts:
    """All providers, and the words for each kind of failure."""

    by_id: Mapping[str, MailHost]
    failures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # kind -> language -> sentence

    def say(self, kind: str, language: str, **values: object) -> str:
        """The sentence for this kind of failure, `{name}`s filled in; "{detail}" where the kind is not known."""
        words = self.failures.get(kind, {})
        sentence = words.get(language) or words.get("en") or str(values.get("detail", kind))
        for name, value in values.items():
            sentence = sentence.replace("{" + name + "}", str(value))
        return sentence

    def get(self, preset: str | None) -> MailHost | None:
        """The provider with this id; None for an unknown or empty id."""
        return self.by_id.get(preset or "")

    def for_address(self, address: str) -> MailHost | None:
        """The provider whose own domain this address is in; None for own domains."""
        domain = address.rpartition("@")[2].lower()
        return next((host for host in self.by_id.values() if domain in host.domains), None)

    def for_server(self, server: str) -> MailHost | None:
        """The provider that runs the IMAP server of this name; None if nobody known does."""
        name = server.lower().rstrip(".")
        return next((host for host in self.by_id.values() if host.imap and host.imap.host == name), None)


@cache
def load() -> Hosts:
    """Every provider file, validated. Raises `HostDataError` with all faults at once."""
    faults: list[str] = []
    by_id: dict[str, MailHost] = {}
    for path in sorted(FOLDER.glob("[!_]*.toml")):
        try:
            by_id[path.stem] = _host(path.stem, tomllib.loads(path.read_text("utf-8")))
        except (HostDataError, tomllib.TOMLDecodeError) as wrong:
            faults.append(f"{path.name}: {wrong}")
    failures = tomllib.loads((FOLDER / "_errors.toml").read_text("utf-8"))
    faults += [f"_errors.toml: {kind}: wants en and ko" for kind in failures if set(failures[kind]) != set(LANGUAGES)]
    if faults:
        raise HostDataError("\n".join(faults))
    return Hosts(by_id, failures)


_NEEDED = ("name", "username", "auth", "steps", "sources", "certainty", "checked")
_OPTIONAL = ("country", "domains", "imap", "smtp", "smtp_alt", "folders", "errors", "sent_copy", "notes")


def _host(host_id: str, data: dict[str, Any]) -> MailHost:
    faults = [f"unknown key {key}" for key in data if key not in (*_NEEDED, *_OPTIONAL)]
    faults += [f"missing key {key}" for key in _NEEDED if key not in data]
    if faults:
        raise HostDataError("; ".join(faults))

    def one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            faults.append(f"{key}: {value!r} is none of {', '.join(allowed)}")

    one_of("username", data["username"], USERNAME_FORMS)
    one_of("certainty", data["certainty"], CERTAINTIES)
    one_of("sent_copy", data.get("sent_copy", "unknown"), ("server", "client", "unknown"))
    for auth in data["auth"]:
        one_of("auth", auth, AUTH_KINDS)
    for role in data.get("folders", {}):
        one_of("folders", role, FOLDER_ROLES)
    if set(data["steps"]) != set(LANGUAGES):
        faults.append("steps: wants en and ko")
    servers = [data[key] for key in ("imap", "smtp") if key in data] + data.get("smtp_alt", [])
    for server in servers:
        if set(server) != {"host", "port", "tls"}:
            faults.append("a server has host, port and tls")
        else:
            one_of("tls", server["tls"], TLS_KINDS)
    for error in data.get("errors", []):
        if not set(error) <= {"contains", "kind", *LANGUAGES} or "contains" not in error:
            faults.append("an error has contains, kind, en, ko")
    if faults:
        raise HostDataError("; ".join(faults))
    return MailHost(
        id=host_id,
        name=data["name"],
        country=data.get("country", ""),
        domains=tuple(data.get("domains", ())),
        imap=Server(**data["imap"]) if "imap" in data else None,
        smtp=Server(**data["smtp"]) if "smtp" in data else None,
        smtp_alt=tuple(Server(**server) for server in data.get("smtp_alt", ())),
        username=data["username"],
        auth=tuple(data["auth"]),
        steps={language: tuple(steps) for language, steps in data["steps"].items()},
        folders={role: tuple(names) for role, names in data.get("folders", {}).items()},
        errors=tuple(
            HostError(error["contains"], error.get("kind", ""), {key: error[key] for key in LANGUAGES if key in error})
            for error in data.get("errors", ())
        ),
        sent_copy=data.get("sent_copy", "unknown"),
        notes=tuple(data.get("notes", ())),
        sources=tuple(data["sources"]),
        certainty=data["certainty"],
        checked=str(data["checked"]),
    )
