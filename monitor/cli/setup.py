"""`init`: asks, shows what to switch on at the provider, and writes the settings. Never a password into them."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from monitor.cli import screen, words
from monitor.cli.failures import Refusal
from monitor.cli.words import say

if TYPE_CHECKING:
    from monitor.knowledge.hosts import MailHost

_HOURS = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


def init(path: Path | None, environ: Mapping[str, str]) -> None:
    """Ask for language, country, time zone, mailbox and where its password lies; write the file with mode 0600."""
    from monitor.config import load, places, search_path

    target = path or (Path(environ["REFUND_MONITOR_CONFIG"]) if environ.get("REFUND_MONITOR_CONFIG") else None)
    target = target or search_path(environ)[0]
    if target.exists():
        raise Refusal(say("init.exists", path=target))
    screen.remark(say("init.hello", path=target))

    language = _ask("init.language", words.language(), ("ko", "en"))
    words.speak(language)
    name = _ask("init.name", "")
    machine = places.system_zone(environ)
    likely = machine if places.says_place(machine) or language != "ko" else "Asia/Seoul"
    timezone = _ask_valid("init.timezone", likely or "UTC", places.is_zone, "init.bad_timezone")
    likely = places.country_of_zone(timezone) or ("KR" if language == "ko" else "")
    country = _ask_valid("init.country", likely, _is_country, "init.bad_country")
    country = {"UK": "GB"}.get(country.upper(), country.upper())
    lines = ["[user]", f"name = {_toml(name)}", f"language = {_toml(language)}", f"country = {_toml(country)}",
             f"timezone = {_toml(timezone)}",
             f"# {say('init.postal')}", '#postal_address = ""', '#phone = ""', ""]  # fmt: skip

    address = _ask_valid("init.address", "", lambda text: not text or _is_address(text), "init.bad_address")
    if address:
        lines += _account(address.lower(), language, target)
    else:
        screen.remark(say("init.no_mailbox"))
    _write(target, "\n".join([f"# {say('init.heading')}", "", *lines]))
    load(target, environ)  # what was written is read back: a mistake of ours must show now, not tonight
    screen.remark("")
    screen.remark(say("init.written", path=target))
    screen.remark(say("init.next") if address else say("init.next_files"))


def _account(address: str, language: str, target: Path) -> list[str]:
    """The tables of one mailbox, of its digest and of its sending server."""
    from monitor.knowledge import hosts

    known = hosts.load()
    host = known.for_address(address)
    lines = ["[accounts.home]", f"address = {_toml(address)}"]
    if host is None:
        screen.remark(say("init.unknown_provider", names=", ".join(sorted(known.by_id))))
        answer = _ask("init.preset_or_server", "")
        host = known.get(answer.lower())
        if host is not None:
            lines.append(f"preset = {_toml(host.id)}")
        elif answer:
            lines += [f"host = {_toml(answer)}", *_port()]
    if host is not None:
        if host.imap is None or host.auth == ("xoauth2",):
            raise Refusal(say("init.forward", provider=host.name))
        _explain(host, language)
    lines += [*_password(target), ""]
    return lines + _digest(address, has_server=host is not None and host.smtp is not None)


def _explain(host: MailHost, language: str) -> None:
    screen.remark("")
    screen.remark(say("init.provider", provider=host.name))
    for number, step in enumerate(host.steps.get(language, host.steps["en"]), 1):
        screen.remark(f"  {number}. {step}")
    screen.remark("")


def _port() -> list[str]:
    port = _ask_valid("init.port", "993", lambda text: text.isdigit() and 0 < int(text) < 65536, "init.bad_port")
    return [] if port == "993" else [f"port = {port}"]


def _password(target: Path) -> list[str]:
    """Where the password lies. The line for the settings names the place, never the password."""
    screen.remark(say("init.password_places"))
    place = _ask("init.password_place", "1", ("1", "2", "3", "4"))
    if place == "1":
        file = target.with_name("home.password")
        if file.exists():
            screen.remark(say("init.password_there", path=file))
        else:
            _write(file, typer.prompt(say("init.password"), hide_input=True, err=True) + "\n")
            screen.remark(say("init.password_written", path=file))
        return [f"password_file = {_toml(file.name)}"]
    if place == "2":
        command = shlex.split(_ask("init.password_command", "pass show mail/home"))
        return [f"password_command = [{', '.join(map(_toml, command))}]"]
    if place == "3":
        return [f"password_env = {_toml(_ask('init.password_env', 'HOME_MAIL_PASSWORD'))}"]
    screen.remark(say("init.credential"))
    return []


def _digest(address: str, *, has_server: bool) -> list[str]:
    at = _ask_valid("init.digest_at", "07:30", lambda text: _HOURS.fullmatch(text) is not None, "init.bad_time")
    lines = ["[digest]", f"at = {_toml(at)}", f"to = {_toml(address)}"]
    by_mail = has_server and typer.confirm(say("init.digest_by_mail", address=address), default=False, err=True)
    smtp = ["[smtp]", 'account = "home"', ""] if has_server else []
    return [*lines, f"via = {_toml('smtp' if by_mail else 'file')}", "", *smtp]


def _write(path: Path, text: str) -> None:
    """A new file that only its owner may read; an existing one is never written over."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refusal(say("init.exists", path=path)) from None


def _ask(key: str, default: str, choices: tuple[str, ...] = ()) -> str:
    while True:
        answer = str(typer.prompt(say(key), default=default, show_default=bool(default), err=True)).strip()
        if not choices or answer.lower() in choices:
            return answer.lower() if choices else answer
        screen.remark(say("init.choose", choices=", ".join(choices)))


def _ask_valid(key: str, default: str, valid: Callable[[str], bool], wrong: str) -> str:
    while True:
        answer = _ask(key, default)
        if valid(answer):
            return answer
        screen.remark(say(wrong, answer=screen.clean(answer)))


def _is_country(text: str) -> bool:
    from monitor.config import known_countries

    return text == "" or {"UK": "GB"}.get(text.upper(), text.upper()) in known_countries()


def _is_address(text: str) -> bool:
    return re.fullmatch(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,255}", text) is not None


def _toml(text: str) -> str:
    from monitor.config.explain import toml

    return toml(screen.clean(text))
