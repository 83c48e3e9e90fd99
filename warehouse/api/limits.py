"""How much one client may ask."""

import time
from collections import OrderedDict
from collections.abc import Callable

CLIENTS = 10_000
"""Clients remembered; the one that was silent for longest is forgotten first, and begins with a full bucket."""
BURST_S = 2.0
"""A client that was silent may ask this many seconds' worth at once."""


class RateLimit:
    """A token bucket per client.

    Args:
        per_s: requests per second and client; 0: any number.
    """

    def __init__(self, per_s: float, clock: Callable[[], float] = time.monotonic):
        self._per_s, self._clock = per_s, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """Take one request off a client's bucket: 0 where it may pass, else the seconds until one may."""
        if not self._per_s:
            return 0.0
        now, most = self._clock(), max(self._per_s * BURST_S, 1.0)
        left, since = self._buckets.pop(client, (most, now))
        left = min(left + (now - since) * self._per_s, most)
        may_pass = left >= 1
        self._buckets[client] = (left - may_pass, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if may_pass else (1 - left) / self._per_s
