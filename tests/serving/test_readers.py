"""Readers that poll while runs are published, killed and rolled back see one whole run in every answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from small_warehouse import ARTICLES, customer

from warehouse.serving.lookup import lookup
from warehouse.serving.runs import rollback
from warehouse.serving.similar import similar
from warehouse.serving.store import open_store

READERS = 3
CUSTOMERS = (customer(0), customer(5), "f" * 64)


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


@dataclass
class Seen:
    """What the readers saw: (run, the markers of all texts of an answer), and what went wrong."""

    answers: set[tuple[int, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    polls: int = 0


def _poll(client, seen: Seen) -> None:
    for who in CUSTOMERS:
        answer = lookup(client, who)
        texts = [a.name.prod_name for a in answer.articles] + [a.reason for a in answer.articles if a.level == "own"]
        if len({a.article_id for a in answer.articles}) != 12:
            seen.faults.append(f"{len(answer.articles)} articles of run {answer.run}")
        seen.answers |= {(answer.run, text.rsplit(" ", 1)[-1]) for text in texts}
        seen.polls += 1
    around = similar(client, ARTICLES[0])
    texts = [a.name.prod_name for a in (*around.similar, *around.complementary)]
    if len(texts) != 4:
        seen.faults.append(f"{len(texts)} articles around one, run {around.run}")
    seen.answers |= {(around.run, text.rsplit(" ", 1)[-1]) for text in texts}


@contextmanager
def readers(settings) -> Iterator[Seen]:
    """Threads that poll, each with a client of its own, until the block ends."""
    seen, stop = Seen(), threading.Event()

    def read() -> None:
        try:
            with open_store(settings) as client:
                while not stop.is_set():
                    _poll(client, seen)
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


def test_no_reader_sees_an_empty_partial_or_mixed_answer(settings, store, warehouse, publish_it):
    def killed(line: str) -> None:
        if line.startswith("articles"):
            raise Killed

    warehouse.fill("m0")
    markers = {publish_it().run: "m0"}
    with readers(settings) as seen:
        for i in range(1, 5):
            warehouse.fill(f"m{i}")
            if i % 2:
                with pytest.raises(Killed):
                    publish_it(progress=killed)
            markers[publish_it().run] = f"m{i}"
            if i % 2 == 0:
                rollback(store)
    assert seen.faults == []
    assert seen.polls > READERS
    assert seen.answers <= set(markers.items())
    assert len({run for run, _ in seen.answers}) > 2
