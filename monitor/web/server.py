"""Serves the page: uvicorn in a thread of the service's process, on a socket that is bound before anything is told.

Nothing of it is loaded before somebody knocks: FastAPI and the database libraries take 40 MB, and a service that nobody
looks at should not. The schedule, the signals and the passes are the service's; this thread waits, answers, and ends
when it is told to.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uvicorn

    from monitor.config import Config

log = logging.getLogger("refund-monitor")

CONNECTIONS = 60  # at once; more are refused with 503
HEADER_BYTES = 16_384
BACKLOG = 64
SECONDS_TO_END = 3


class Busy(OSError):
    """The page's address cannot be taken; the message says why and what to set."""


class Server:
    """One page on one socket."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], datetime] | None = None,
        port: int | None = None,
        states: Callable[[], Mapping[str, datetime]] | None = None,
    ) -> None:
        """`port`: instead of the one in the settings; 0 is any that is free. The other two: see `monitor.web.app`.

        Raises Busy.
        """
        self._config, self._clock, self._states = config, clock, states
        self._socket = _bound(config.web.listen, config.web.port if port is None else port)
        self.port: int = self._socket.getsockname()[1]
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._wake, self._woken = socket.socketpair()
        self._stopped = False

    def start(self) -> None:
        """Begin to answer; returns as soon as it does."""
        self._load()
        assert self._server is not None
        self._thread = threading.Thread(target=self._serve, name="page", daemon=True)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)

    def start_when_asked(self, first: Callable[[], None] | None = None) -> None:
        """Begin to answer when somebody knocks, who then waits a second; `first` is done before, in the same thread."""
        self._thread = threading.Thread(target=self._wait, args=(first,), name="page", daemon=True)
        self._thread.start()

    def _wait(self, first: Callable[[], None] | None) -> None:
        if first is not None:
            first()
        select.select([self._socket, self._woken], [], [])
        if not self._stopped:
            self._load()
            self._serve()

    def _load(self) -> None:
        import uvicorn

        from monitor.web import app

        settings = uvicorn.Config(
            app(self._config, clock=self._clock, states=self._states), http="h11", ws="none", lifespan="on",
            log_config=None, access_log=False, server_header=False, proxy_headers=False,
            limit_concurrency=CONNECTIONS, h11_max_incomplete_event_size=HEADER_BYTES, timeout_keep_alive=15,
            timeout_graceful_shutdown=SECONDS_TO_END,
        )  # fmt: skip
        self._server = uvicorn.Server(settings)

    def _serve(self) -> None:
        assert self._server is not None
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what goes wrong is told by the application
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Let running answers end, and close the socket."""
        self._stopped = True
        self._wake.close()  # which wakes the thread, where it still waits
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(SECONDS_TO_END + 2)
        self._socket.close()
        self._woken.close()


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. asyncio sets it only on sockets made with the protocol named; without it the body of
        # each answer waits 40 ms for the acknowledgement of its head (RFC 896, RFC 1122 4.2.3.2).
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6 and address == "::":
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        door.bind((address, port))
        door.listen(BACKLOG)
    except OSError as error:
        door.close()
        raise Busy(
            f"The page cannot be served at {address}, port {port}: {error.strerror}. "
            "Set web.port (or web.listen) to one that is free."
        ) from None
    return door
