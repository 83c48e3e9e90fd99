"""The thread that brings the spool to the store: in batches, in order, again until the store has them."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra.errors import UserError
from warehouse.api import metrics
from warehouse.api.spool import Spool, whole_lines

EVERY_S = 0.5
"""Rows wait this long at most for others to travel with: ClickHouse likes few inserts of many rows."""
LONGEST_PAUSE_S = 30.0
"""Between two attempts while the store is away; the first pause is `EVERY_S`, each next one twice as long."""

_log = structlog.get_logger("hm.spool")


class Carrier:
    """Sends what the spools hold.

    Args:
        spools: one per table.
        connect: a client on the store; called for every trip.
    """

    def __init__(
        self, spools: Sequence[Spool], connect: Callable[[], AbstractContextManager[Client]], every_s: float = EVERY_S
    ):
        self._spools, self._connect, self._every_s = spools, connect, every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self.is_away = False

    def start(self) -> None:
        """Begin; what an earlier process left is sent first."""
        self._thread.start()

    def stop(self) -> None:
        """Send what there is, once, and end. What the store does not take stays on disk for the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._trip()

    def _run(self) -> None:
        pause_s = self._every_s
        next_trip = 0.0
        while not self._stop.wait(self._every_s):
            for spool in self._spools:
                spool.sync()
            if time.monotonic() < next_trip:
                continue
            pause_s = self._every_s if self._trip() else min(2 * pause_s, LONGEST_PAUSE_S)
            next_trip = time.monotonic() + pause_s

    def _trip(self) -> bool:
        """Whether the store took everything."""
        try:
            self.carry()
        except (UserError, ClickHouseError, OSError) as error:
            metrics.STORE_FAILURES.inc()
            if not self.is_away:
                _log.error("spool_waits", reason=str(error).splitlines()[0])
            self.is_away = True
            return False
        if self.is_away:
            _log.info("spool_goes_on")
        self.is_away = False
        return True

    def carry(self) -> int:
        """Send every file; returns how many.

        Raises:
            UserError, ClickHouseError: the store does not take them; the files stay.
        """
        for spool in self._spools:
            spool.rotate()
        waiting = [(spool, path) for spool in self._spools for path in spool.closed()]
        if waiting:
            with self._connect() as client:
                for spool, path in waiting:
                    _send(client, spool.table, path)
                    spool.sent(path)
        return len(waiting)


def _send(client: Client, table: str, path: Path) -> None:
    lines = whole_lines(path)
    if lines:
        client.raw_insert(table, insert_block=lines, fmt="JSONEachRow")
        metrics.STORED.labels(table).inc(lines.count(b"\n"))
