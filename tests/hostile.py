"""A small IMAP server that misbehaves on purpose: hangs, cuts off, gives empty bodies, talks garbage.

It knows one mailbox with a few mails and just enough IMAP to be read by the program; `trick` says what it does wrong
and `times` how often, after which it behaves.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TRICKS = (
    "hang_at_greeting", "garbage_at_greeting", "bye_at_greeting", "hang_at_login", "hang_in_fetch", "cut_in_literal",
    "cut_after_login", "empty_literal", "nil_body", "empty_header", "garbage_in_fetch", "huge_literal", "endless_line",
    "no_to_fetch", "bye_in_fetch", "refuse_one", "no_uidnext", "old_mail_for_star", "drip_at_greeting",
    "drip_at_login", "drip_in_fetch",
)  # fmt: skip


class HostileServer:
    """One server for one test. `commands` records what it was asked."""

    def __init__(self, mails: list[bytes], trick: str = "", times: int = 1_000_000) -> None:
        assert not trick or trick in TRICKS
        self.mails, self.trick, self.left = mails, trick, times
        self.commands: list[str] = []
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _does(self, trick: str) -> bool:
        if self.trick != trick or self.left <= 0:
            return False
        self.left -= 1
        return True

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb") as stream:
                self._talk(connection, stream)
        except OSError:
            pass

    def _talk(self, connection: socket.socket, stream) -> None:
        def say(text: bytes) -> None:
            stream.write(text)
            stream.flush()

        if self._does("hang_at_greeting"):
            self._stop.wait(30)
            return
        if self._does("drip_at_greeting"):
            self._drip(say)
            return
        if self._does("garbage_at_greeting"):
            say(b"SSH-2.0-OpenSSH_9.2\r\n")
            return
        say(b"* BYE too many connections\r\n" if self._does("bye_at_greeting") else b"* OK ready\r\n")
        for line in stream:
            tag, _, rest = line.strip().partition(b" ")
            command = rest.decode("utf-8", "replace")
            self.commands.append(command.split(" ", 1)[0] if command.startswith("LOGIN") else command)
            verb = command.upper()
            if verb.startswith("CAPABILITY"):
                say(b"* CAPABILITY IMAP4rev1\r\n")
            elif verb.startswith("LOGIN"):
                if self._does("hang_at_login"):
                    self._stop.wait(30)
                    return
                if self._does("drip_at_login"):
                    self._drip(say)
                    return
            elif verb.startswith("LIST"):
                if self._does("cut_after_login"):
                    return
                say(b'* LIST () "/" INBOX\r\n')
            elif verb.startswith(("EXAMINE", "SELECT")):
                say(b"* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7]\r\n" % len(self.mails))
                if not self._does("no_uidnext"):
                    say(b"* OK [UIDNEXT %d]\r\n" % (len(self.mails) + 1))
            elif verb.startswith("UID SEARCH"):
                first = int((re.search(r"UID (\d+):", verb) or ["", "1"])[1])
                uids = [uid for uid in range(1, len(self.mails) + 1) if uid >= first]
                if not uids and ":*" in verb:
                    uids = [len(self.mails)]  # RFC 3501: the range is swapped
                say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids) + b"\r\n")
            elif verb.startswith("UID FETCH"):
                if self._fetch(verb, say):
                    return
                if self._does("no_to_fetch") or ("refuse_one" in self.trick and self._asks(verb, 2)):
                    say(tag + b" NO [SERVERBUG] not this time\r\n")
                    continue
            elif verb.startswith("LOGOUT"):
                say(b"* BYE bye\r\n" + tag + b" OK done\r\n")
                return
            code = b"[READ-ONLY] " if verb.startswith("EXAMINE") else b""
            say(tag + b" OK " + code + b"done\r\n")

    def _drip(self, say) -> None:
        """A byte now and then: never silent for long, and never done."""
        for _ in range(300):
            say(b"x")
            if self._stop.wait(0.1):
                return

    def _asks(self, verb: str, uid: int) -> bool:
        return uid in self._uids(verb) and "BODY.PEEK[]" in verb

    def _uids(self, verb: str) -> list[int]:
        uids: list[int] = []
        for part in verb.split()[2].split(","):
            low, _, high = part.partition(":")
            uids += range(int(low), int(high or low) + 1)
        return uids

    def _fetch(self, verb: str, say) -> bool:
        """Answer a FETCH; True where the connection is to be dropped."""
        section = (re.search(r"BODY\.PEEK\[([^\]]*)\]", verb) or ["", ""])[1]
        if "refuse_one" in self.trick and self._asks(verb, 2):
            return False
        for uid in self._uids(verb):
            if not 1 <= uid <= len(self.mails):
                continue
            mail = self.mails[uid - 1]
            content = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if section == "HEADER" else mail
            date = b'INTERNALDATE "02-Nov-2026 12:00:00 +0000"'
            head = (uid, uid, date, len(mail), section.encode())
            start = b"* %d FETCH (UID %d FLAGS () %s RFC822.SIZE %d BODY[%s] " % head
            if self._does("hang_in_fetch"):
                say(start + b"{%d}\r\n" % len(content) + content[:10])
                self._stop.wait(30)
                return True
            if self._does("drip_in_fetch"):
                say(start + b"{%d}\r\n" % len(content))
                self._drip(say)
                return True
            if self._does("cut_in_literal"):
                say(start + b"{%d}\r\n" % len(content) + content[: len(content) // 2])
                return True
            if self._does("bye_in_fetch"):
                say(b"* BYE going down\r\n")
                return True
            if self._does("huge_literal"):
                say(start + b"{99999999999}\r\nabc")
                return True
            if self._does("endless_line"):
                try:
                    for _ in range(200):
                        say(b"x" * 100_000)
                except OSError:
                    pass
                return True
            if self._does("garbage_in_fetch"):
                say(b"\x00\xff\xfe nonsense ((( \r\n")
                return True
            whole = section == ""
            if (whole and self._does("empty_literal")) or (not whole and self._does("empty_header")):
                say(start + b"{0}\r\n)\r\n")
            elif whole and self._does("nil_body"):
                say(start + b"NIL)\r\n")
            else:
                say(start + b"{%d}\r\n" % len(content) + content + b")\r\n")
        return False


@contextmanager
def hostile(mails: list[bytes], trick: str = "", times: int = 1_000_000) -> Iterator[HostileServer]:
    """A misbehaving server for the length of a block."""
    server = HostileServer(mails, trick, times)
    try:
        yield server
    finally:
        server.close()
