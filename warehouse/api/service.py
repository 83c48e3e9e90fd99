"""What the routes do, without HTTP: clients of the store, experiments in force, exposures and events into the spool."""

import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra.settings import Settings
from warehouse.api import metrics
from warehouse.api.carrier import Carrier
from warehouse.api.shapes import Accepted, Assignment, Event
from warehouse.api.spool import Spool, SpoolFullError
from warehouse.experiments.assignment import variant_of
from warehouse.experiments.definition import Experiment, Variant, load_configured, running
from warehouse.experiments.errors import DefinitionError
from warehouse.serving.errors import NothingPublishedError, PolicyError, StoreError
from warehouse.serving.lookup import LookupResult, customer_id_of, lookup
from warehouse.serving.policies import FULL_SYSTEM
from warehouse.serving.shelf import KeptShelf
from warehouse.serving.store import open_store

CLIENTS = 4
"""Questions asked of the store at once; more threads would wait for its cores."""
WAIT_S = 5.0
"""A request waits this long for one of them."""
LOOK_S = 5.0
"""A changed experiments.yml is in force after this many seconds at most."""
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"

_log = structlog.get_logger("hm.api")


class Clients:
    """Clients of the store, each used by one thread at a time; one that failed is not used again."""

    def __init__(self, settings: Settings, size: int = CLIENTS):
        self._settings = settings
        self._free: queue.LifoQueue[tuple[Client, ExitStack] | None] = queue.LifoQueue()
        self._size = size
        for _ in range(size):
            self._free.put(None)

    @contextmanager
    def one(self) -> Iterator[Client]:
        """A client, for as long as the block runs."""
        try:
            held = self._free.get(timeout=WAIT_S)
        except queue.Empty as error:
            raise StoreError("The store is busy, or does not answer; try again.") from error
        try:
            held = held or self._opened()
            yield held[0]
        except (ClickHouseError, OSError):
            if held:
                held[1].close()
            held = None
            raise
        finally:
            self._free.put(held)

    def _opened(self) -> tuple[Client, ExitStack]:
        stack = ExitStack()
        # A point read is over before further threads for it are there.
        return stack.enter_context(open_store(self._settings, max_threads=1)), stack

    def close(self) -> None:
        """Wait for those in use, then close all."""
        for _ in range(self._size):
            if held := self._free.get():
                held[1].close()


class ExperimentsFile:
    """experiments.yml as it is in force: a change that is faulty changes nothing, and is told."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._guard = threading.Lock()
        self._looked_at, self._changed_at = float("-inf"), None
        self.fault: str | None = None
        self._known: list[Experiment] = []

    def known(self) -> list[Experiment]:
        """The experiments of the file."""
        with self._guard:
            if time.monotonic() - self._looked_at >= LOOK_S:
                self._looked_at = time.monotonic()
                self._look()
        return self._known

    def _look(self) -> None:
        path = self._settings.experiments_file
        changed_at = path.stat().st_mtime_ns if path.is_file() else None
        if changed_at == self._changed_at and not self.fault:
            return
        self._changed_at = changed_at
        try:
            self._known, self.fault = load_configured(self._settings), None
        except DefinitionError as error:
            self.fault = str(error)
            _log.error("experiments_faulty", reason=self.fault)


class Service:
    """Everything that lives as long as the server.

    Args:
        settings: the environment.
        every_s: pause between two trips of the spool to the store.
    """

    def __init__(self, settings: Settings, every_s: float = 0.5):
        self.settings = settings
        self.clients = Clients(settings)
        self.shelf = KeptShelf(self.clients.one)
        self.experiments = ExperimentsFile(settings)
        most, sync_s = settings.spool_max_mb << 20, settings.spool_sync_s
        self.exposures = Spool(settings.spool_dir, "exposures", max_bytes=most, sync_s=sync_s)
        self.events = Spool(settings.spool_dir, "events", max_bytes=most, sync_s=sync_s)
        self.spools = (self.exposures, self.events)
        self.carrier = Carrier(self.spools, self.clients.one, every_s)

    def now(self) -> datetime:
        """The moment whose experiments count."""
        return datetime.now(UTC)

    def close(self) -> None:
        """Send what the spool holds, as far as the store takes it, and let go of the store."""
        self.carrier.stop()
        self.clients.close()

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client of the store. Where it fails, nothing is kept: it may be another store when it answers again."""
        try:
            with self.clients.one() as client:
                yield client
        except (ClickHouseError, StoreError, NothingPublishedError):
            self.shelf.forget()
            raise

    # -- answers ------------------------------------------------------------------------------------------------------

    def recommend(
        self, customer_id: str, n: int, request_id: str, *, is_simulated: bool = False, at: datetime | None = None
    ) -> tuple[LookupResult, list[Assignment]]:
        """A customer's articles as the variant they are in serves them; records the exposures.

        Args:
            at: the moment whose experiments count; None: now.
        """
        wanted, moment = customer_id_of(customer_id), at or self.now()
        found = running(self.experiments.known(), moment)
        parts = [(e, variant) for e in found if (variant := variant_of(e, wanted))]
        with self.client() as client:
            result, parts = self._look_up(client, wanted, n, parts)
        metrics.LOOKUPS.labels(result.answered_by).inc()
        self._expose(result, parts, request_id, moment, is_simulated)
        return result, [Assignment(experiment=e.name, variant=v.name) for e, v in parts]

    def _look_up(
        self, client: Client, customer_id: str, n: int, parts: list[tuple[Experiment, Variant]]
    ) -> tuple[LookupResult, list[tuple[Experiment, Variant]]]:
        """The answer, and what it is an exposure to: not to a variant whose lists the store does not have."""
        deciding = next(((e, v) for e, v in parts if v.serves), None)
        if deciding:
            try:
                return lookup(client, customer_id, n, shelf=self.shelf, serves=deciding[1].serves), parts
            except PolicyError as error:
                metrics.UNSERVED.labels(deciding[0].name).inc()
                _log.error("variant_not_served", experiment=deciding[0].name, variant=deciding[1].name, reason=str(error))
        result = lookup(client, customer_id, n, shelf=self.shelf, serves=FULL_SYSTEM)
        return result, [part for part in parts if part != deciding]

    def _expose(
        self,
        result: LookupResult,
        parts: Sequence[tuple[Experiment, Variant]],
        request_id: str,
        moment: datetime,
        is_simulated: bool,
    ) -> None:
        rows = [
            {
                "exposure_id": sha256(f"{e.name}:{result.customer_id}:{request_id}".encode()).hexdigest()[:32],
                "experiment": e.name,
                "variant": v.name,
                "customer_id": result.customer_id,
                "at": moment.strftime(_MOMENT)[:-3],
                "run": result.run,
                "request_id": request_id,
                "is_simulated": is_simulated,
            }
            for e, v in parts
        ]
        if not rows:
            return
        try:
            self.exposures.append(rows)
        except SpoolFullError as error:
            # A shop without recommendations is worse than an experiment without some exposures.
            metrics.LOST.inc(len(rows))
            _log.error("exposure_lost", request_id=request_id, reason=str(error))
            return
        for e, v in parts:
            metrics.EXPOSURES.labels(e.name, v.name).inc()

    # -- what customers did -------------------------------------------------------------------------------------------

    def take(self, events: Sequence[Event], request_id: str) -> Accepted:
        """Write events down; they are in the store within a second or, where it is away, once it is back.

        Raises:
            SpoolFullError: there is no room; nothing was taken.
        """
        now = datetime.now(UTC)
        rows = {row["event_id"]: row for row in (_row(event, request_id, now) for event in events)}
        self.events.append(list(rows.values()))
        for event in events:
            metrics.EVENTS.labels(event.kind).inc()
        return Accepted(accepted=len(rows), duplicates=len(events) - len(rows))


def _row(event: Event, request_id: str, now: datetime) -> dict[str, object]:
    return {
        "event_id": event.event_id or uuid.uuid4().hex,
        "kind": event.kind,
        "customer_id": event.customer_id.lower(),
        "article_id": (event.article_id or "").zfill(10) if event.article_id else "",
        "value": str(event.value),
        "at": (event.at or now).strftime(_MOMENT)[:-3],
        "session_id": event.session_id or "",
        "request_id": request_id,
        "is_simulated": event.simulated,
    }
