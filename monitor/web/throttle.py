"""How often someone may try a password: few times from one address, and not without end from all together.

In memory: nobody outside can restart the service to begin anew. An address of IPv6 counts by its /64, which is what one
customer has.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

FREE = 5  # failures before the first pause
PAUSE = 15.0  # seconds; doubles with each further failure
LONGEST = 900.0
FORGET = 3600.0  # seconds after which an address has a clean slate
ALL_FREE = 60  # failures from everywhere within FORGET, then only addresses that have logged in before may try
MOST = 2000  # addresses that are remembered


class Throttle:
    """Counts failures. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._guard = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}  # how many, when the last
        self._all: list[float] = []
        self._good: set[str] = set()

    def wait(self, address: str) -> float:
        """Seconds until this address may try again; 0 if now."""
        key, now = _key(address), self.clock()
        with self._guard:
            count, last = self._failures.get(key, (0, now))
            pause = 0.0
            if count >= FREE and now - last < FORGET:
                pause = last + min(PAUSE * 2.0 ** min(count - FREE, 16), LONGEST) - now
            self._all = [at for at in self._all if now - at < FORGET]
            if len(self._all) >= ALL_FREE and key not in self._good:
                pause = max(pause, self._all[-ALL_FREE] + FORGET - now)
            return max(pause, 0.0)

    def failed(self, address: str) -> None:
        """Note a failure."""
        key, now = _key(address), self.clock()
        with self._guard:
            count, last = self._failures.get(key, (0, now))
            self._failures.pop(key, None)
            self._failures[key] = (count + 1 if now - last < FORGET else 1, now)
            while len(self._failures) > MOST:
                self._failures.pop(next(iter(self._failures)))
            self._all = [*self._all[-2 * ALL_FREE :], now]

    def worked(self, address: str) -> None:
        """Note that the password was right: its slate is clean."""
        with self._guard:
            self._failures.pop(_key(address), None)
            if len(self._good) < MOST:
                self._good.add(_key(address))


def _key(address: str) -> str:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
