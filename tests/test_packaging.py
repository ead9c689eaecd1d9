"""What an installed wheel is: complete, with nothing of the checkout within reach, and able to run the demonstration.

The environment is empty and gets the wheel with its extra `demo` and only what those two declare, in the versions of
`requirements.lock`: a dependency that the code uses but the project does not name fails here, not at the user's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_that_the_program_reads(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    beside = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "monitor").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    templates = {
        str(Path("monitor/_templates") / path.relative_to(ROOT / "templates"))
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    assert len(templates) > 5
    assert beside | templates <= held


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    for name in zipfile.ZipFile(wheel).namelist():
        assert name.startswith(("monitor/", "refund_monitor-")), name
        assert "__pycache__" not in name


def test_the_lock_names_every_file_by_its_hash_and_no_host() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^--?[a-z]", text, re.MULTILINE)  # no index, no links: each machine has its own
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
    for entry in filter(None, entries):
        assert "==" in entry, entry
        assert "--hash=sha256:" in entry, entry


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment into which only the wheel was installed."""
    folder = tmp_path_factory.mktemp("installed")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    versions = folder / "versions.txt"
    versions.write_text("\n".join(re.findall(r"^[a-z0-9][^\s;\\]*==[^\s;\\]+", lock, re.MULTILINE)) + "\n")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, stdin=subprocess.DEVNULL)
    pip = [folder / "venv" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    done = subprocess.run(
        [*pip, "--only-binary=:all:", "--constraint", versions, f"{wheel}[demo]"], capture_output=True, text=True
    )
    if done.returncode and re.search(r"connection|network|resolve|timed out|No matching distribution", done.stderr):
        pytest.skip("no package index within reach")
    assert done.returncode == 0, done.stderr
    return folder / "venv" / "bin"


def run(installed: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed command, far from the checkout and with a home of its own."""
    environment = {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "NO_COLOR": "1"}
    command = [installed / "refund-monitor", *words]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=280)


def test_an_installed_wheel_gives_the_demonstration(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "demo")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "flagged" in done.stdout.lower() or "overdue" in done.stdout.lower(), done.stdout
    again = run(installed, tmp_path, "demo")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("\n") == done.stdout.count("\n")  # it starts clean


def test_an_installed_wheel_reads_a_mail(installed: Path, tmp_path: Path) -> None:
    sample = ROOT / "tests" / "mails" / "parse" / "shop-layout-tables-euc-kr.eml"
    done = run(installed, tmp_path, "read", "--json", str(sample))
    assert done.returncode == 0, done.stderr
    assert "20261103-0007731" in done.stdout


def test_the_command_and_the_module_are_the_same_program(installed: Path, tmp_path: Path) -> None:
    command = run(installed, tmp_path, "--help")
    module = subprocess.run(
        [installed / "python", "-m", "monitor", "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert command.returncode == module.returncode == 0, command.stderr + module.stderr
    assert "demo" in command.stdout
