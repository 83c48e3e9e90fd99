"""A running server under readers: `python -m tests.load.running`, which `make smoke` does in the containers.

In a database of its own, which goes again, 50 readers poll while 20 runs are published, 5 publications killed and 5 runs
rolled back: no answer may be empty, partial or mixed. Then 64 connections ask the API for lists of the served run.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa

from infra.settings import Settings, get_settings
from tests.load.drive import answered, drive, summed
from tests.serving.polling import READERS, Seen, publications, readers
from tests.serving.small_warehouse import AROUND, ARTICLES, AS_OF, SmallWarehouse, customer
from warehouse.serving import pointer
from warehouse.serving.publish import publish
from warehouse.serving.store import open_store

DATABASE = "smoke_readers"
PAUSE_S = 1.0
CONNECTIONS = 64
SECONDS = 10


def read_while_publishing(settings: Settings, work: Path) -> Seen:
    """What the readers saw, checked against what was published.

    Raises:
        AssertionError: an answer was wrong.
    """
    ours = settings.model_copy(update={"home": work, "storage": "disk", "clickhouse_database": DATABASE})
    warehouse, als = (
        SmallWarehouse(ours, work / "files"),
        pa.table(
            {
                "customer_id": [customer(0)],
                "article_ids": [ARTICLES[5:8]],
                "scores": pa.array([[3.0, 2.0, 1.0]], pa.list_(pa.float32())),
            }
        ),
    )

    def publish_it(**changes: object):
        given = {"catalogue": warehouse.catalogue, "as_of_date": AS_OF, "model_run": "synthetic", "metrics": {}}
        given |= {"code_version": "smoke", "lineage": [], "around": AROUND, "policies": {"als": lambda: iter([als])}}
        return publish(ours, **({"progress": lambda line: None} | given | changes))

    with open_store(ours) as store:
        try:
            warehouse.fill("m0")
            first = publish_it().run
            with readers(lambda: open_store(ours), None, PAUSE_S) as seen:
                markers = {first: "m0"} | publications(store, warehouse, publish_it)
                time.sleep(2 * PAUSE_S)
        finally:
            store.command(f"drop database {DATABASE}")
    assert not seen.faults, seen.faults[:3]
    assert seen.answers <= set(markers.items()), sorted(seen.answers - set(markers.items()))[:3]
    assert seen.polls > READERS, f"only {seen.polls} answers"
    return seen


def load(settings: Settings, api: str) -> str:
    """64 connections, some seconds long, in words."""
    with open_store(settings) as store:
        query = "select customer_id from recommendations where run = {run:UInt32} order by sipHash64(customer_id) limit 2000"
        known = [c for (c,) in store.query(query, parameters={"run": pointer.served(store).run}).result_rows]
    place = urlsplit(api)

    def ask(line, one: str) -> None:
        line.request("GET", f"/recommendations/{one}", headers={"X-API-Key": settings.api_key} if settings.api_key else {})
        answered(line)

    taken = drive(place.port or 80, CONNECTIONS, SECONDS, known, ask, place.hostname or "127.0.0.1")
    found = summed(taken, SECONDS, 0.0)
    told = f"p50 {found.p50:.0f}, p95 {found.p95:.0f}, p99 {found.p99:.0f} ms, {found.per_s:.0f} per s"
    return f"{CONNECTIONS} connections: {told}"


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["readers", "load"])
    parser.add_argument("--api", default=f"http://127.0.0.1:{get_settings().api_port}")
    options = parser.parse_args()
    settings = get_settings()
    if options.what == "load":
        print(load(settings, options.api))
        return 0
    with tempfile.TemporaryDirectory() as work:
        seen = read_while_publishing(settings, Path(work))
    print(f"{READERS} readers, {seen.polls:,} answers of {len({run for run, _ in seen.answers})} runs, none of them wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main())
