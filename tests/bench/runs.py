"""The contenders: what is prepared for each, what is measured, and how it is known that the work was really done."""

from __future__ import annotations

import json
import os
import pstats
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.measure import Failed, Measured, command, found, until_idle
from tests.dovecot import PASSWORD, Dovecot

ROOT = Path(__file__).parents[2]
MONITOR = (sys.executable, "-m", "monitor")

# What a program does that uses the standard library and nothing else: read each file, parse it.
STANDARD_LIBRARY = """
import email, email.policy, os, sys
folder = sys.argv[1]
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), "rb") as file:
        content = file.read()
    email.message_from_bytes(content, policy=email.policy.default)
"""


@dataclass
class Bench:
    """What the contenders share: the mailbox, a folder for what they write, the server, the core to be pinned to."""

    mailbox: Path
    mails: int
    work: Path
    core: int
    purchases: int = 0
    server: Dovecot | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def maildir(self) -> Path:
        return self.mailbox / "Maildir"

    def fresh(self, name: str) -> Path:
        """An empty folder for one run."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def environment(self, home: Path) -> dict[str, str]:
        """Nothing of the user's own settings: only what a command needs to run."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(home), "TZ": "Asia/Seoul"}


# --- reading files ----------------------------------------------------------------------------------------------------


def warm(bench: Bench) -> None:
    """Read every mail once, so that each contender finds all of them in the memory of the system.

    Else whoever comes first, or behind one who fills that memory, would read from the disk and the others would not.
    With a cold disk for all, `read` would look the better for leaving most of each attachment unread.
    """
    with os.scandir(bench.maildir / "cur") as mails:
        for mail in mails:
            Path(mail.path).read_bytes()


def read(bench: Bench) -> Measured:
    """`refund-monitor read --json` over the Maildir."""
    home = bench.fresh("read")
    lines = home / "lines"
    measured = command(
        [*MONITOR, "read", "--json", bench.maildir], environment=bench.environment(home), core=bench.core, stdout=lines
    )
    with lines.open() as out:
        kinds = [json.loads(line)["kind"] for line in out]
    if len(kinds) != bench.mails:
        raise Failed(f"read gave {len(kinds)} lines for {bench.mails} mails")
    _recognised(bench, "read", sum(kind != "other" for kind in kinds))
    return measured


def standard_library(bench: Bench) -> Measured:
    """`email.message_from_bytes(..., policy=email.policy.default)` for every mail, and nothing done with it."""
    home = bench.fresh("standard-library")
    line = [sys.executable, "-c", STANDARD_LIBRARY, bench.maildir / "cur"]
    return command(line, environment=bench.environment(home), core=bench.core)


def notmuch(bench: Bench) -> Measured:
    """`notmuch new` on the Maildir; its index lies elsewhere."""
    home = bench.fresh("notmuch")
    config = home / "config"
    config.write_text(
        f"[database]\npath={home}/index\nmail_root={bench.maildir}\n[maildir]\nsynchronize_flags=false\n"
        "[user]\nname=me\nprimary_email=me@bench.example\n"
    )
    environment = {**bench.environment(home), "NOTMUCH_CONFIG": str(config)}
    (home / "index").mkdir()
    measured = command(["notmuch", "new", "--quiet"], environment=environment, core=bench.core)
    counted = subprocess.run(["notmuch", "count", "*"], env=environment, capture_output=True, text=True, check=True)
    _expect(bench, "notmuch", int(counted.stdout))
    return measured


def mu(bench: Bench) -> Measured:
    """`mu index` on the Maildir."""
    home = bench.fresh("mu")
    environment = bench.environment(home)
    place = [f"--muhome={home}/index"]
    subprocess.run(
        ["mu", "init", *place, f"--maildir={bench.maildir}"], env=environment, capture_output=True, check=True
    )
    measured = command(["mu", "index", *place, "--quiet"], environment=environment, core=bench.core)
    info = subprocess.run(["mu", "info", *place], env=environment, capture_output=True, text=True, check=True).stdout
    numbers = [int(part) for line in info.splitlines() if "messages" in line for part in line.split() if part.isdigit()]
    _expect(bench, "mu", max(numbers, default=0))
    return measured


# --- reading a mailbox over IMAP --------------------------------------------------------------------------------------


def serve(bench: Bench, server: Dovecot) -> None:
    """Put the mailbox where the server looks for it (hard links where possible) and let it make its index."""
    bench.server = server
    target = server.home / "mail" / "bench"
    for name in ("cur", "new", "tmp"):
        (target / name).mkdir(parents=True)
    for path in (bench.maildir / "cur").iterdir():
        copy = target / "cur" / path.name
        try:
            os.link(path, copy)
        except OSError:
            shutil.copy2(path, copy)
    if os.geteuid() == 0:
        owner = (server.home / "mail").stat()
        for place in (target, *target.rglob("*")):
            os.chown(place, owner.st_uid, owner.st_gid)
    from imapclient import IMAPClient

    with IMAPClient("127.0.0.1", server.port, ssl=False) as client:
        client.login("bench", PASSWORD)
        _expect(bench, "the server", client.select_folder("INBOX", readonly=True)[b"EXISTS"])


def _config(bench: Bench, home: Path) -> Path:
    assert bench.server is not None
    config = home / "config.toml"
    config.write_text(
        f'[user]\ncountry = "KR"\ntimezone = "Asia/Seoul"\nlanguage = "en"\n[store]\npath = "{home}/store.db"\n'
        "[reading]\nfirst_months = 120\n"
        f'[digest]\nvia = "file"\ndirectory = "{home}/digests"\n'
        f'[accounts.bench]\naddress = "me@bench.example"\nusername = "bench"\npassword = "{PASSWORD}"\n'
        f'host = "127.0.0.1"\nport = {bench.server.port}\ntls = "none"\n'
    )
    config.chmod(0o600)
    return config


def scan(bench: Bench) -> Measured:
    """`refund-monitor scan` of the whole mailbox into a new store."""
    home = bench.fresh("scan")
    config = _config(bench, home)
    measured = command([*MONITOR, "--config", config, "scan"], environment=bench.environment(home))
    with closing(sqlite3.connect(home / "store.db")) as store:
        mails, purchases = store.execute("SELECT count(*), sum(purchase) FROM mail").fetchone()
    _expect(bench, "scan", mails)
    _recognised(bench, "scan", purchases or 0)
    return measured


def again(bench: Bench) -> Measured:
    """A second `scan`, when there is nothing new."""
    home = bench.work / "scan"
    return command([*MONITOR, "--config", home / "config.toml", "scan"], environment=bench.environment(home))


def mbsync(bench: Bench) -> Measured:
    """`mbsync` of the whole mailbox into a new Maildir, with its own defaults."""
    return _mbsync(bench, "mbsync", "")


def mbsync_no_fsync(bench: Bench) -> Measured:
    """The same without waiting for the disk after each mail."""
    return _mbsync(bench, "mbsync-no-fsync", "FSync no")


def _mbsync(bench: Bench, name: str, options: str) -> Measured:
    assert bench.server is not None
    home = bench.fresh(name)
    config = home / "mbsyncrc"
    config.write_text(
        f"{options}\n"
        f"IMAPAccount bench\nHost 127.0.0.1\nPort {bench.server.port}\nUser bench\nPass {PASSWORD}\n"
        "SSLType None\nAuthMechs LOGIN\n\n"
        "IMAPStore far\nAccount bench\n\n"
        f"MaildirStore near\nPath {home}/mail/\nInbox {home}/mail/INBOX\nSubFolders Verbatim\n\n"
        "Channel bench\nFar :far:\nNear :near:\nPatterns INBOX\nSync Pull\nCreate Near\n"
        f"SyncState {home}/state-\n"
    )
    config.chmod(0o600)
    (home / "mail").mkdir()
    measured = command(["mbsync", "-c", config, "-q", "bench"], environment=bench.environment(home))
    _expect(bench, name, sum(1 for part in ("cur", "new") for _ in (home / "mail/INBOX" / part).iterdir()))
    shutil.rmtree(home)
    return measured


# --- the service at rest ----------------------------------------------------------------------------------------------


def idle(bench: Bench) -> Measured:
    """`refund-monitor run` on the store that `scan` filled, once it has done its first pass and rests."""
    home = bench.work / "scan"
    if not (home / "store.db").exists():
        scan(bench)
    line = [*MONITOR, "--config", home / "config.toml", "run"]
    door = home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(door))
        heard.setblocking(False)

        def first_pass_done() -> bool:
            """The service tells systemd (here: us) when it has looked into the mailboxes."""
            try:
                while True:
                    if heard.recv(4096).startswith(b"STATUS=Last look"):
                        return True
            except BlockingIOError:
                return False

        environment = {**bench.environment(home), "NOTIFY_SOCKET": str(door)}
        resting = until_idle(line, environment=environment, ready=first_pass_done)
    return Measured(0, 0, resting)


def profile(bench: Bench, name: str) -> None:
    """Where the time of `read` or `scan` goes, by function; the figures are inflated by the measuring."""
    home = bench.fresh("profile")
    line: list[str | Path] = [sys.executable, "-m", "cProfile", "-o", home / "profile", "-m", "monitor"]
    if name == "read":
        line += ["read", "--json", bench.maildir]
    else:
        line += ["--config", _config(bench, home), "scan"]
    command(line, environment=bench.environment(home), core=bench.core if name == "read" else None)
    statistics = pstats.Stats(str(home / "profile"))
    for order in ("tottime", "cumtime"):
        statistics.sort_stats(order).print_stats(r"monitor|re\.Pattern|zlib|sqlite|json", 40)
    statistics.sort_stats("tottime").print_callers(r"re\.Pattern")


def _expect(bench: Bench, who: str, number: int) -> None:
    if number != bench.mails:
        raise Failed(f"{who} saw {number} of {bench.mails} mails")


def _recognised(bench: Bench, who: str, number: int) -> None:
    """Reading fast is easy for one who reads nothing."""
    bench.notes[who] = f"{number} mails taken for mails about a purchase; {bench.purchases} are"
    if not 0.5 < number / max(bench.purchases, 1) < 2:
        raise Failed(
            f"{who} took {number} mails for mails about a purchase, {bench.purchases} are: its speed says nothing"
        )


@dataclass(frozen=True)
class Contender:
    """A row of the report."""

    name: str
    run: Callable[[Bench], Measured]
    needs: str | None = None  # a tool that has to be installed
    served: bool = False  # reads from the server, not from files

    def missing(self) -> str | None:
        """The tools that this contender lacks."""
        wanted = [tool for tool in (self.needs, "dovecot" if self.served else None) if tool]
        return ", ".join(tool for tool in wanted if found(tool) is None) or None


CONTENDERS = (
    Contender("read", read),
    Contender("policy.default", standard_library),
    Contender("notmuch new", notmuch, needs="notmuch"),
    Contender("mu index", mu, needs="mu"),
    Contender("scan", scan, served=True),
    Contender("scan, nothing new", again, served=True),
    Contender("mbsync", mbsync, needs="mbsync", served=True),
    Contender("mbsync, FSync no", mbsync_no_fsync, needs="mbsync", served=True),
)
