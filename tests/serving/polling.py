"""Readers that poll a store while runs are published, killed and rolled back; what they saw."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client

from tests.serving.small_warehouse import ARTICLES, SmallWarehouse, customer
from warehouse.serving.lookup import lookup
from warehouse.serving.runs import PublishedRun, rollback
from warehouse.serving.similar import similar

READERS = 50
PUBLICATIONS, ROLLBACKS = 20, 5
KILLED_AT = ("recommendations", "customers", "articles", "popular_articles", "policy_lists")
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


def publications(store: Client, warehouse: SmallWarehouse, publish_it: Callable[..., PublishedRun]) -> dict[int, str]:
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
            with suppress(Killed):
                publish_it(progress=killed_at(KILLED_AT[i // 4 - 1]))
                raise AssertionError("a publication was to be killed and was not")
        markers[publish_it().run] = f"m{i}"
        if i % 4 == 2:
            rollback(store)
    return markers
