"""The bytes of one connection, within limits: silence, a deadline for each command, the longest line and literal.

In charge of the one thing that a socket's timeout cannot do: that bounds each wait, and a server that gives a byte per
wait could hold a pass for weeks. Takes the place of imaplib's own reading (imaplib calls `read`, `readline` and `send`
of its object; nothing else of it is replaced). Knows no IMAP but where a literal is too long.
"""

from __future__ import annotations

import imaplib
import io
import time
from typing import Any

LINE_LIMIT = 4_000_000  # imaplib's own 1,000,000 is too short for the answer to a SEARCH
SLOWEST = 4_096  # bytes per second: a mailbox over a modem; who is slower does not serve mail
BUFFER = 1 << 17


class _Source(io.RawIOBase):
    """A socket as a raw stream whose reads end at the deadline."""

    def __init__(self, sock: Any, silence: float) -> None:
        super().__init__()
        self._sock, self._waits = sock, 0.0
        self.silence, self.deadline = silence, time.monotonic() + silence

    def readable(self) -> bool:
        return True

    def wait(self, seconds: float) -> None:
        if seconds != self._waits:
            self._sock.settimeout(seconds)
            self._waits = seconds

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.wait(min(self.silence, left))
        received: int = self._sock.recv_into(buffer)
        return received


class Line:
    """What imaplib reads from and sends to, in place of its own file. `silence`: seconds that one wait may take."""

    def __init__(self, imap: imaplib.IMAP4, silence: float) -> None:
        self._imap, self._silence = imap, silence
        self._sock: Any = None
        self._send = imap.send
        self.literal_limit = 0  # bytes of one literal; 0: as long as a line
        self._source: _Source
        self._file: io.BufferedReader
        self._renew()
        imap.read = self.read  # type: ignore[method-assign]  # imaplib means these three to be overridden
        imap.readline = self.readline  # type: ignore[method-assign]  # the same
        imap.send = self.send  # type: ignore[method-assign]  # the same

    def _renew(self) -> io.BufferedReader:
        # After STARTTLS there is another socket. What came in the clear before it must not be read as if it were
        # secret, so the buffer goes with the old one.
        if self._imap.sock is not self._sock:
            self._sock = self._imap.sock
            self._source = _Source(self._sock, self._silence)
            self._file = io.BufferedReader(self._source, BUFFER)
        return self._file

    def wait_at_most(self, silence: float) -> None:
        """From here on so many seconds for each wait."""
        self._renew()
        self._silence = self._source.silence = silence
        self.allow()

    def allow(self, size: int = 0) -> None:
        """Start the time in which one answer of about `size` bytes has to be there whole."""
        self._renew()
        self._source.deadline = time.monotonic() + 2 * self._silence + size / SLOWEST

    def send(self, data: Any) -> None:
        """Send a command; its answer has to come before the deadline."""
        self.allow()
        self._source.wait(self._silence)
        self._send(data)

    def readline(self) -> bytes:
        """One line with its end; empty where the connection has ended. Raises `IMAP4.abort`, `TimeoutError`."""
        line = self._renew().readline(LINE_LIMIT + 1)
        if len(line) > LINE_LIMIT:
            raise imaplib.IMAP4.abort("a line longer than 4 MB")
        return line

    def read(self, size: int) -> bytes:
        """A literal of `size` bytes. Raises `IMAP4.abort` where it is longer than asked for, or the connection ends."""
        limit = self.literal_limit or LINE_LIMIT
        if size > limit:
            raise imaplib.IMAP4.abort(f"a literal of {size} bytes where at most {limit} were asked")
        content = self._renew().read(size)
        if len(content) < size:
            raise imaplib.IMAP4.abort(f"connection ended after {len(content)} of {size} bytes")
        return content
