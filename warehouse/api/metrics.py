"""What Prometheus may know. No label carries a customer."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from warehouse.api.spool import Spool

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "hm_request_seconds",
    "Seconds a request took, from its first byte to the answer's last",
    ["method", "route", "status"],
    registry=REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LOOKUPS = Counter("hm_lookups", "Answers to customers, by the level that answered", ["answered_by"], registry=REGISTRY)
EXPOSURES = Counter("hm_exposures", "Exposures, by experiment and variant", ["experiment", "variant"], registry=REGISTRY)
LOST = Counter("hm_exposures_lost", "Exposures that the spool had no room for", registry=REGISTRY)
UNSERVED = Counter(
    "hm_experiment_unserved", "Answers whose variant the store could not serve", ["experiment"], registry=REGISTRY
)
EVENTS = Counter("hm_events", "Events taken, by kind", ["kind"], registry=REGISTRY)
STORED = Counter("hm_stored_rows", "Rows that the store took from the spool, by table", ["table"], registry=REGISTRY)
STORE_FAILURES = Counter(
    "hm_store_failures", "Trips to the store that failed; the rows stayed in the spool", registry=REGISTRY
)


class SpoolDepth(Collector):
    """How much waits in the spools, measured when it is asked for."""

    def __init__(self, spools: Sequence[Spool]):
        self._spools = spools

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Bytes and age by table."""
        depth = GaugeMetricFamily("hm_spool_bytes", "Bytes that the store has not taken yet", labels=["table"])
        age = GaugeMetricFamily("hm_spool_oldest_seconds", "Age of the oldest rows that wait", labels=["table"])
        for spool in self._spools:
            depth.add_metric([spool.table], spool.waiting_bytes)
            age.add_metric([spool.table], spool.oldest_s)
        return [depth, age]


def page() -> bytes:
    """All of it, in Prometheus' text format."""
    return generate_latest(REGISTRY)
