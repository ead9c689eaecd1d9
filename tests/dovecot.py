"""A real Dovecot for the tests: one server per session on a free loopback port, a fresh user per test.

Runs without root; started by root it runs as nobody, since Dovecot refuses uid 0. Any user name logs in with the
password "secret". Absent, tests that need it are skipped, or fail where REFUND_MONITOR_NO_SKIP=1 is set.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient

PASSWORD = "secret"

_CONFIG = """
first_valid_uid = 1
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{home}/mail/%u
mail_fsync = never
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = subscribe
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
  mailbox Archive {{
    auto = subscribe
    special_use = \\Archive
  }}
}}
protocol imap {{
  mail_max_userip_connections = 50
}}
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Dovecot:
    """A running server. `user()` gives a mailbox that nobody used before."""

    def __init__(self, home: Path, port: int, tls_port: int) -> None:
        self.home, self.port, self.tls_port = home, port, tls_port

    @property
    def certificate(self) -> Path:
        """The self-signed certificate, for 127.0.0.1."""
        return self.home / "cert.pem"

    def user(self) -> Mailbox:
        """A new, empty mailbox."""
        return Mailbox(self, f"u{uuid.uuid4().hex[:12]}")


@dataclass
class Mailbox:
    """One user's mailbox, with what a test needs to fill and to look at it."""

    server: Dovecot
    name: str

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def folder(self) -> Path:
        """Its Maildir."""
        return self.server.home / "mail" / self.name

    def client(self) -> IMAPClient:
        """An ordinary mail program's connection."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.login(self.name, PASSWORD)
        return client

    def add(self, folder: str, mails: list[tuple[bytes, datetime]], flags: tuple[bytes, ...] = ()) -> None:
        """Append mails with their INTERNALDATE."""
        with self.client() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for content, at in mails:
                client.append(folder, content, flags, at)

    def state(self) -> dict[str, list[tuple[int, tuple[bytes, ...]]]]:
        """UIDs and flags of every mail, without changing any (\\Recent included)."""
        seen: dict[str, list[tuple[int, tuple[bytes, ...]]]] = {}
        with self.client() as client:
            for _, _, name in client.list_folders():
                client.select_folder(name, readonly=True)
                uids = client.search("ALL")
                flags = client.fetch(uids, ["FLAGS"]) if uids else {}
                seen[name] = [(uid, tuple(sorted(flags[uid][b"FLAGS"]))) for uid in sorted(flags)]
        return seen

    def files(self) -> list[str]:
        """Names of the mail files below the Maildir: new/ stays new/ as long as nobody selects read-write."""
        return sorted(
            str(path.relative_to(self.folder)) for path in self.folder.rglob("*")
            if path.is_file() and path.parent.name in ("cur", "new")
        )  # fmt: skip


def _run_as() -> tuple[str, str, int, int, list[str]]:
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid())
        import grp

        return me.pw_name, grp.getgrgid(me.pw_gid).gr_name, me.pw_uid, me.pw_gid, []
    nobody = pwd.getpwnam("nobody")
    prefix = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return "nobody", "nogroup", nobody.pw_uid, nobody.pw_gid, prefix


def start() -> Iterator[Dovecot]:
    """Start a server, hand it out, stop it."""
    binary = shutil.which("dovecot") or ("/usr/sbin/dovecot" if Path("/usr/sbin/dovecot").exists() else None)
    if binary is None:
        if os.environ.get("REFUND_MONITOR_NO_SKIP") == "1":
            pytest.fail("Dovecot is missing: apt-get install dovecot-imapd")
        pytest.skip("Dovecot is not installed")
    user, group, uid, gid, prefix = _run_as()
    # below /tmp, since every folder above must be searchable for the server's user
    home = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
    home.chmod(0o755)
    port, tls_port = _free_port(), _free_port()
    settings = {"home": home, "port": port, "tls_port": tls_port, "user": user, "group": group, "uid": uid, "gid": gid}
    (home / "dovecot.conf").write_text(_CONFIG.format(**settings))
    # Dovecot itself needs OpenSSL, so the command is there where Dovecot is
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", str(home / "key.pem"), "-out", str(home / "cert.pem")],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for name in ("run", "mail", "home"):
        (home / name).mkdir()
    if prefix:
        for path in itertools.chain([home], home.rglob("*")):
            os.chown(path, uid, gid)
    server = subprocess.Popen(
        [*prefix, binary, "-F", "-c", str(home / "dovecot.conf")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                    if probe.recv(4) == b"* OK":
                        break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
            time.sleep(0.05)
        yield Dovecot(home, port, tls_port)
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)
