"""The documents cannot lie: help texts, commands, keys and the two languages of the README agree with the program.

REFUND_MONITOR_WRITE_DOCS=1 .venv/bin/python -m pytest tests/test_docs.py writes the help texts into the READMEs anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from monitor.cli import words
from monitor.config.explain import keys_of
from monitor.knowledge import hosts

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.ko.md")
HELP = re.compile(r"<!-- help -->\n.*?<!-- /help -->", re.DOTALL)
COMMANDS = (
    "init", "check", "run", "demo", "page", "rights", "scan", "import", "read", "mails", "teach", "anonymize",
    "rebuild", "orders", "show", "ladder", "say", "drafts", "draft", "digest", "attach", "evidence", "case",
)  # fmt: skip


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def help_of(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "COLUMNS": "100", "TERM": "dumb"},
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


@pytest.fixture(scope="module")
def blocks() -> str:
    parts = ["<!-- help -->", "", "```text", help_of(), "```", ""]
    for command in COMMANDS:
        parts += [f"### refund-monitor {command}", "", "```text", help_of(command), "```", ""]
    return "\n".join([*parts, "<!-- /help -->"])


@pytest.mark.parametrize("readme", READMES)
def test_the_help_of_every_command_stands_in_the_readme(readme: str, blocks: str) -> None:
    text = text_of(readme)
    if os.environ.get("REFUND_MONITOR_WRITE_DOCS"):
        (ROOT / readme).write_text(HELP.sub(lambda _: blocks, text), encoding="utf-8")
        text = text_of(readme)
    found = HELP.search(text)
    assert found is not None
    assert found.group() == blocks


def test_every_command_is_listed_and_has_help() -> None:
    listed = re.findall(r"(?m)^  ([a-z]+)  +\S", help_of().partition("Commands:")[2])
    assert tuple(listed) == COMMANDS


def test_every_command_that_a_document_or_message_names_exists() -> None:
    texts = [path.read_text(encoding="utf-8") for path in documents()]
    texts += [text_of("config.example.toml"), *(words.catalog(language)[key] for language in ("ko", "en")
                                                for key in words.catalog(language))]  # fmt: skip
    for text in texts:
        for command in re.findall(r"refund-monitor(?: --config \S+)? ([a-z]+)\b", text):
            assert command in COMMANDS, command


def test_every_key_that_a_document_names_exists() -> None:
    tables = set(keys_of(()))
    for path in documents():
        for table, rest in re.findall(
            r"`(" + "|".join(sorted(tables)) + r")\.([a-z_.<>]+)[` =]", path.read_text("utf-8")
        ):
            steps = rest.split(".")
            place = (table, steps[0]) if table == "accounts" else (table,)
            assert steps[-1] in keys_of(place), f"{path.name}: {table}.{rest}"


def test_every_variable_that_a_document_names_is_a_key() -> None:
    for path in [*documents(), ROOT / "config.example.toml"]:
        for variable in re.findall(r"REFUND_MONITOR_([A-Z_]+__[A-Z_]+)", path.read_text(encoding="utf-8")):
            *place, key = variable.lower().split("__")
            assert key in keys_of(tuple(place)), variable


def test_every_file_that_a_document_links_to_or_names_is_there() -> None:
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
        for target in re.findall(r"`(systemd/[^` ]+|templates/[^`* ]+|docs/[^`* ]+)`", text):
            assert (ROOT / target).exists(), f"{path.name}: {target}"


def test_both_readmes_have_the_same_parts_commands_and_keys() -> None:
    def shape(text: str) -> list[str]:
        return re.findall(r"(?m)^(#+) ", HELP.sub("", text))

    def code(text: str) -> list[str]:
        return sorted(set(re.findall(r"(?m)^\$ .+$|`[^`\n]+`|https://[^\s,]+", HELP.sub("", text))))

    english, korean = (text_of(name) for name in READMES)
    assert shape(english) == shape(korean)
    assert code(english) == code(korean)
    rows = [len(re.findall(r"(?m)^(?:\||\d\. |- )", HELP.sub("", text))) for text in (english, korean)]
    assert rows[0] == rows[1]


def test_every_command_stands_in_the_changelog() -> None:
    for command in COMMANDS:
        assert f"`{command}`" in text_of("CHANGELOG.md")


def test_the_providers_of_the_readme_are_known_and_let_programs_in_as_it_says() -> None:
    known = hosts.load()
    for name in ("gmail", "naver", "daum", "kakao", "icloud"):
        host = known.get(name)
        assert host is not None
        assert host.imap is not None
        assert "app_password" in host.auth
    outlook = known.get("outlook")
    assert outlook is not None
    assert outlook.auth == ("xoauth2",)


def test_the_catalogs_of_the_command_line_say_the_same_in_both_languages() -> None:
    english, korean = (words.catalog(language) for language in ("en", "ko"))
    assert list(english) == list(korean)
    for key in english:
        fields = [sorted(set(re.findall(r"\{(\w+)\}", text[key]))) for text in (english, korean)]
        assert fields[0] == fields[1], key
        bare = re.sub(r"\{\w+\}|\bid\b", "", english[key])
        assert re.search(r"[가-힣]", korean[key]) or not re.search(r"[A-Za-z]{2}", bare), key


def test_every_sentence_of_the_catalog_is_said_somewhere_and_every_one_said_is_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "monitor" / "cli").rglob("*.py"))
    known = set(words.catalog("en"))
    said = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_-]+)+|yes|no)["']""", code)) & known
    families = tuple(re.findall(r"""f["']([a-z_.]+\.)\{""", code))
    assert {key for key in known - said if not key.startswith(families)} == set()
    called = set(re.findall(r'(?:say|sentence|_ask|_ask_valid)\(\s*["\']([^"\']+)["\']', code))
    assert called <= known


def test_the_project_speaks_of_python_as_its_metadata_does() -> None:
    needed = tomllib.loads(text_of("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    assert all(f"Python {needed}" in text_of(name) for name in READMES)
