"""The embedded mailbox of the demonstration: a real IMAP server in this process, on a free loopback port.

In charge of starting pymap's in-memory server, of filling it over IMAP (APPEND with INTERNALDATE, as any mail
program would) and of stopping it. It knows nothing of orders, and nothing of it is reachable from outside.
"""

from __future__ import annotations

import asyncio
import imaplib
import threading
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

USER = "demo"
PASSWORD = "demo"  # noqa: S105 - of a throw-away server on loopback
HOST = "127.0.0.1"
_START_TIMEOUT = 20.0


class DemoUnavailable(RuntimeError):
    """The demonstration cannot run here; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail to put into the mailbox: folder, the moment at which it was received, its bytes."""

    folder: str
    received_at: datetime
    content: bytes


@contextmanager
def mailbox(deliveries: Iterable[Delivery]) -> Iterator[int]:
    """Runs an IMAP server that holds `deliveries`; gives its port. Log in with USER and PASSWORD, without TLS."""
    server = _Server()
    port = server.start()
    try:
        _fill(port, deliveries)
        yield port
    finally:
        server.stop()


def _fill(port: int, deliveries: Iterable[Delivery]) -> None:
    client = imaplib.IMAP4(HOST, port, timeout=_START_TIMEOUT)
    try:
        client.login(USER, PASSWORD)
        made = {"INBOX"}
        for delivery in deliveries:
            if delivery.folder not in made:
                client.create(delivery.folder)
                made.add(delivery.folder)
            date = imaplib.Time2Internaldate(delivery.received_at)
            status, _ = client.append(delivery.folder, "", date, delivery.content)
            if status != "OK":
                raise DemoUnavailable("the embedded mail server did not take a sample mail")
    finally:
        client.logout()


class _Server:
    """pymap in a thread with an event loop of its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._port = 0
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="demo-imap", daemon=True)

    def start(self) -> int:
        self._thread.start()
        if not self._ready.wait(_START_TIMEOUT) or self._error is not None:
            raise DemoUnavailable(
                "the embedded mail server did not start; install the extra: pip install 'refund-monitor[demo]'"
            ) from self._error
        return self._port

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits in `start`
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from proxyprotocol.reader import ProxyProtocolReader
        from pymap.backend.dict import DictBackend
        from pymap.imap import IMAPServer

        arguments = Namespace(
            host=HOST, port=0, debug=False, cert=None, key=None, tls=False, proxy_protocol=None, passlib_cfg=None,
            demo_data=False, demo_user=USER, demo_password=PASSWORD,
        )  # fmt: skip
        # There is no TLS on this loopback server, so it must take a plain log-in.
        backend, config = await DictBackend.init(arguments, secure_auth=False, reject_dnsbl=False)
        config.apply_context()
        handler = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(handler, host=HOST, port=0)
        async with server:
            self._port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()
