"""Readers that poll while runs are published, killed and rolled back see one whole run in every answer."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import chdb
import clickhouse_connect
import pytest
from small_warehouse import ARTICLES, customer

from infra.local.clickhouse_http import Engine, server
from warehouse.serving.lookup import lookup
from warehouse.serving.runs import rollback
from warehouse.serving.shelf import KeptShelf
from warehouse.serving.similar import similar
from warehouse.serving.store import open_store

READERS = 50
PUBLICATIONS, ROLLBACKS = 20, 5
KILLED_AT = ("recommendations", "customers", "articles", "popular_articles", "policy_lists")
PAUSE_S = {"in this process": 1.0, "over HTTP": 2.0}
"""Between two questions of a reader, about: two cores then answer 50 of them and publish."""
CUSTOMERS = (customer(0), customer(5), "f" * 64)


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


@dataclass
class Seen:
    """What the readers saw: (run, the markers of all texts of an answer), and what went wrong."""

    answers: set[tuple[int, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    polls: int = 0


def _note(seen: Seen, run: int, texts: list[str], wanted: int) -> None:
    if len(set(texts)) != wanted:
        seen.faults.append(f"{len(texts)} texts of {wanted} in an answer of run {run}")
    seen.answers |= {(run, text.rsplit(" ", 1)[-1]) for text in texts}
    seen.polls += 1


def poll(client, shelf, seen: Seen) -> None:
    """One question, any of four."""
    who = random.choice([*CUSTOMERS, None])
    if who is None:
        around = similar(client, ARTICLES[0])
        names = [
            f"{r.article_id} {kind} {r.name.prod_name}"
            for kind in ("similar", "complementary")
            for r in getattr(around, kind)
        ]
        _note(seen, around.run, names, 4)
        return
    answer = lookup(client, who, **({"shelf": shelf} if shelf else {}))
    _note(seen, answer.run, [f"{a.article_id} {a.name.prod_name}" for a in answer.articles], 12)
    seen.answers |= {(answer.run, a.reason.rsplit(" ", 1)[-1]) for a in answer.articles if a.level == "own"}


@contextmanager
def readers(connect: Callable[[], AbstractContextManager], shelf, pause_s: float) -> Iterator[Seen]:
    """Threads that poll, each with a client of its own, until the block ends."""
    seen, stop = Seen(), threading.Event()

    def read() -> None:
        try:
            with connect() as client:
                while not stop.wait(random.uniform(0, 2 * pause_s)):
                    poll(client, shelf, seen)
        except Exception as error:
            seen.faults.append(repr(error))

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def over_http(settings, store):
    """Connects over ClickHouse's HTTP protocol, as other commands do where `hm serve` holds the store."""
    path = str(settings.clickhouse_dir)
    front = server(engine := Engine(lambda: chdb.connect(path)), "127.0.0.1", 0, "s3cret")
    threading.Thread(target=front.serve_forever, daemon=True).start()
    database = settings.clickhouse_database
    yield lambda: clickhouse_connect.get_client(
        host="127.0.0.1",
        port=front.server_port,
        username="hm",
        password="s3cret",
        database=database,
        autogenerate_session_id=False,
    )
    front.shutdown()
    front.server_close()
    engine.close()


def publications(store, warehouse, publish_it) -> dict[int, str]:
    """Twenty runs are published, five attempts killed, each at another table, and five rolled back; marker by run."""

    def killed_at(table: str) -> Callable[[str], None]:
        def progress(line: str) -> None:
            if line.startswith(table):
                raise Killed

        return progress

    markers = {}
    for i in range(1, PUBLICATIONS + 1):
        warehouse.fill(f"m{i}")
        if i % 4 == 0:
            with pytest.raises(Killed):
                publish_it(progress=killed_at(KILLED_AT[i // 4 - 1]))
        markers[publish_it().run] = f"m{i}"
        if i % 4 == 2:
            rollback(store)
    return markers


@pytest.mark.parametrize("way", PAUSE_S)
def test_fifty_readers_never_see_an_empty_partial_or_mixed_answer(settings, store, warehouse, publish_it, over_http, way):
    assert (PUBLICATIONS // 4, len(KILLED_AT)) == (ROLLBACKS, ROLLBACKS)
    warehouse.fill("m0")
    first = publish_it().run
    connect = over_http if way == "over HTTP" else (lambda: open_store(settings))
    shelf = None if way == "over HTTP" else KeptShelf(lambda: open_store(settings))
    with readers(connect, shelf, PAUSE_S[way]) as seen:
        markers = {first: "m0"} | publications(store, warehouse, publish_it)
        time.sleep(2 * PAUSE_S[way])
    assert seen.faults == []
    assert seen.polls > 5 * READERS
    assert seen.answers <= set(markers.items())
    assert len({run for run, _ in seen.answers}) > PUBLICATIONS // 2
