"""The API under load, beside the bare point read in the same run: `python -m tests.load --write docs/serving.md`.

A synthetic shop is published into a store of its own and served by `hm serve`. Then 1, 8 and 16 connections ask for
customers' lists: from the API, and, by the same client, the bare row of `recommendations` from ClickHouse's HTTP protocol at
the server's door. Both take turns, quiet and while another process publishes. Before that the bare read is measured inside
one process too, without any HTTP.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil

from infra import locks
from infra.settings import REPO, get_settings
from tests.load.drive import Measured, answered, drive, summed
from tests.load.page import write
from tests.load.shop import AS_OF, Shop
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.publish import publish
from warehouse.serving.rules import Rules
from warehouse.serving.store import open_store

CONNECTIONS = (1, 8, 16)
BARE = """
select arraySlice(article_ids, 1, 12), arraySlice(scores, 1, 12), arraySlice(sources, 1, 12), arraySlice(reasons, 1, 12)
from recommendations
where run = {run:UInt32} and customer_id = {id:String}
"""


def published(settings, catalogue: Catalogue, **changes: object) -> int:
    """Publish the shop; returns the run."""
    given = {"model_run": "synthetic", "metrics": {"synthetic": True}, "code_version": "load", "lineage": []} | changes
    return publish(settings, catalogue=catalogue, as_of_date=AS_OF, progress=lambda _: None, **given).run


def in_process(settings, customers: list[str], run: int, wall_s: float) -> Measured:
    """The bare read by clickhouse-connect in the process that holds chDB: one thread, no HTTP."""
    taken = []
    with open_store(settings, max_threads=1) as client:
        cpu_s = time.process_time()
        end = time.perf_counter() + wall_s
        while (begun := time.perf_counter()) < end:
            customer = customers[len(taken) % len(customers)]
            client.query(BARE, parameters={"run": run, "id": customer}).result_rows  # noqa: B018 - reading it is the point
            taken.append(time.perf_counter() - begun)
        cpu_s = time.process_time() - cpu_s
    return summed(taken, wall_s, cpu_s)


@contextmanager
def server(env: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """`hm serve`, ready to answer."""
    with subprocess.Popen(
        [sys.executable, "-m", "hm.cli", "serve"], cwd=REPO, env=env, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).raise_for_status()
                    break
                except httpx.HTTPError:
                    if process.poll() is not None:
                        raise RuntimeError("hm serve did not start") from None
                    time.sleep(0.2)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


@contextmanager
def publications(env: dict[str, str], options: argparse.Namespace) -> Iterator[None]:
    """Another process that publishes one run after another, through the server's door."""
    command = [
        sys.executable,
        "-m",
        "tests.load",
        "--publish",
        "--customers",
        str(options.customers),
        "--work",
        str(options.work),
    ]
    process = subprocess.Popen(command, cwd=REPO, env=env, stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait()


def phases(
    settings, process: psutil.Process, customers: list[str], options: argparse.Namespace
) -> dict[int, dict[str, Measured]]:
    """API and bare read in turns, two rounds, per number of connections."""
    door = locks.door(settings)

    def api(line, customer: str) -> None:
        line.request("GET", f"/recommendations/{customer}")
        answered(line)

    def bare(line, customer: str) -> None:
        given = {"query": f"{BARE} SETTINGS max_threads = 1 FORMAT JSONCompact", "database": "hm", "param_run": options.run}
        line.request("GET", f"/?{urlencode(given | {'param_id': customer})}", headers={"X-ClickHouse-Key": door.password})
        answered(line)

    found = {}
    for n in CONNECTIONS:
        taken: dict[str, list[float]] = {"bare": [], "api": []}
        cpu_s = dict.fromkeys(taken, 0.0)
        for _ in range(2):
            for name, port, ask in (("bare", door.port, bare), ("api", settings.api_port, api)):
                before = sum(process.cpu_times()[:2])
                taken[name] += drive(port, n, options.seconds, customers, ask)
                cpu_s[name] += sum(process.cpu_times()[:2]) - before
        found[n] = {name: summed(seconds, 2 * options.seconds, cpu_s[name]) for name, seconds in taken.items()}
        print(n, {name: (round(m.p50, 1), round(m.p99, 1), round(m.per_s)) for name, m in found[n].items()}, flush=True)
    return found


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=5, help="of one phase; there are two rounds of each")
    parser.add_argument("--work", type=Path, default=get_settings().home / "load")
    parser.add_argument("--write", type=Path, help="page whose table is written anew")
    parser.add_argument("--publish", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.work = options.work.absolute()
    os.environ |= {"HM_HOME": str(options.work), "HM_API_RATE": "0"}
    get_settings.cache_clear()
    settings = get_settings()
    if options.publish:
        publish_on_and_on(settings)
        return
    shutil.rmtree(options.work, ignore_errors=True)
    shop = Shop(settings, options.work / "files", options.customers, options.articles)
    begun = time.perf_counter()
    options.run = published(settings, shop.catalogue)
    print(f"published {options.customers:,} customers in {time.perf_counter() - begun:.1f} s", flush=True)
    customers = shop.customers[:: max(1, options.customers // 5_000)].tolist()
    found = {"in process": in_process(settings, customers, options.run, options.seconds)}
    load = psutil.getloadavg()[0]
    with server(dict(os.environ), settings.api_port) as process:
        time.sleep(2)
        found["quiet"] = phases(settings, process, customers, options)
        with publications(dict(os.environ), options):
            found["publishing"] = phases(settings, process, customers, options)
        with open_store(settings) as client:
            moves = client.query("select count() from pointer").result_rows[0][0] - 1
    print(write(options.write, found, options.customers, moves, load))
    shutil.rmtree(options.work, ignore_errors=True)


def publish_on_and_on(settings) -> None:
    """Publish until ended, each time under a rule more, which makes it another run; all runs stay."""
    print("publishing", flush=True)
    for i in itertools.count():
        published(settings, Catalogue(settings), rules=Rules(exclude_articles=(f"09{i:08d}",)), keep=1_000)


if __name__ == "__main__":
    main()
