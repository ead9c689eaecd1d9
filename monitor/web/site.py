"""What a running page holds: the settings, the store, the clock, and what is made once per process.

The store is opened when it is first asked for, so that a page whose database cannot be used still answers, and says so.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.web.throttle import Throttle

if TYPE_CHECKING:
    from monitor.store import Store

SECRET = "page.secret"  # noqa: S105 - the name of a setting
"""Setting: the key that signs what the page hands to the browser (64 hex digits)."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was sent after a session had ended: where to, and what stood in it. Held in memory only."""

    path: str
    fields: tuple[tuple[str, str], ...]


class Site:
    """One per application."""

    def __init__(
        self,
        config: Config,
        clock: Callable[[], datetime] | None = None,
        states: Callable[[], Mapping[str, datetime]] | None = None,
    ) -> None:
        """`states`: when the service tries each mailbox next, where it knows."""
        self.config = config
        self._states = states
        self._clock = clock or (lambda: datetime.now(UTC))
        self.throttle = Throttle()
        self.typed: dict[str, Typed] = {}  # by the hash of the session that was opened after another had ended
        self._guard = threading.Lock()
        self._store: Store | None = None
        self._secret: bytes | None = None

    def now(self) -> datetime:
        """This moment: the one place of the page that reads the clock."""
        return self._clock()

    def account_states(self) -> Mapping[str, datetime]:
        """When each mailbox is tried next, as far as the service that runs this page knows."""
        return self._states() if self._states is not None else {}

    def today(self) -> date:
        """The day on the user's calendar."""
        return self.now().astimezone(ZoneInfo(self.config.user.timezone)).date()

    @property
    def store(self) -> Store:
        """The store; opened once. Raises StoreError."""
        if self._store is None:
            from monitor.store import Store

            with self._guard:
                if self._store is None:
                    self._store = Store.open(self.config.store_path())
        return self._store

    @property
    def secret(self) -> bytes:
        """The key that signs CSRF tokens and flash messages; made once per store."""
        if self._secret is None:
            store = self.store
            with store.transaction(durable=True):
                kept = store.get_setting(SECRET)
                if kept is None:
                    kept = secrets.token_hex(32)
                    store.set_setting(SECRET, kept)
            self._secret = bytes.fromhex(kept)
        return self._secret

    def close(self) -> None:
        """Let go of the store."""
        with self._guard:
            if self._store is not None:
                self._store.close()
                self._store = None
