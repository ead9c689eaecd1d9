"""What systemd wants to hear of a service of Type=notify: sd_notify(3) in a few lines, nothing where nobody listens."""

from __future__ import annotations

import socket
from collections.abc import Mapping


class Notifier:
    """Tells the service manager named in $NOTIFY_SOCKET. Losing a message is never an error of ours."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # "@" stands for the NUL byte of an abstract address
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._usec = environ.get("WATCHDOG_USEC", "")

    @property
    def watchdog_seconds(self) -> float | None:
        """How often to send WATCHDOG=1: half of what systemd grants; None where it does not ask."""
        return int(self._usec) / 2_000_000 if self._address and self._usec.isdigit() and int(self._usec) > 0 else None

    def tell(self, *words: str) -> None:
        """Send assignments such as READY=1 or STATUS=..."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
                door.connect(self._address)
                door.sendall("\n".join(words).encode("utf-8"))
        except OSError:
            return
