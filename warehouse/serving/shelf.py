"""What answers share: names and popular lists of a run, asked of the store each time, or kept by a process that stays.

A run's rows never change once the pointer has named it, so what is kept cannot be wrong; which run is served is asked anew
for every answer.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra.errors import UserError
from warehouse.serving.names import ArticleName, all_names, article_names

KEPT_RUNS = 3
"""Runs that are kept: the served one, the one before, one that was rolled back to. Of 105,000 articles each takes 30 MB."""

_POPULAR = """
select article_id, score
from popular_articles
where run = {run:UInt32} and age_bin = {age_bin:String} and index_group = {group:String} and sales_channel = {channel:String}
order by rank
limit {n:UInt32}
"""
_ALL_POPULAR = """
select age_bin, index_group, sales_channel, article_id, score
from popular_articles
where run = {run:UInt32}
order by age_bin, index_group, sales_channel, rank
"""


@dataclass(frozen=True)
class Segment:
    """Whose popular articles: each part a value, or `all`."""

    age_bin: str = "all"
    index_group: str = "all"
    sales_channel: str = "all"


EVERYONE = Segment()


class Shelf:
    """Asks the store each time: for a command, which answers once."""

    def saw(self, run: int) -> None:
        """Take note of a run that is served."""

    def names(self, client: Client, run: int, article_ids: list[str]) -> dict[str, ArticleName]:
        """Names of articles by id; an article without a row gets empty names."""
        return article_names(client, run, article_ids)

    def popular(self, client: Client, run: int, segment: Segment, n: int) -> list[tuple[str, float]]:
        """(article_id, score) of a segment's popular articles, best first; `[]` where the segment is not there."""
        values = {"age_bin": segment.age_bin, "group": segment.index_group, "channel": segment.sales_channel}
        return client.query(_POPULAR, parameters={"run": run, "n": n, **values}).result_rows


ASKING = Shelf()


@dataclass
class _Run:
    names: dict[str, ArticleName] = field(default_factory=dict)
    popular: dict[Segment, list[tuple[str, float]]] = field(default_factory=dict)


class KeptShelf(Shelf):
    """Keeps the newest runs' names and popular lists; until a run is read they are asked of the store.

    Args:
        connect: a client for the thread that reads a new run, so that no answer waits for it.
    """

    def __init__(self, connect: Callable[[], AbstractContextManager[Client]]):
        self._connect = connect
        self._guard = threading.Lock()
        self._runs: dict[int, _Run] = {}
        self._reading: set[int] = set()

    def saw(self, run: int) -> None:
        """Begin to read the run, where it is new."""
        if run in self._runs:
            return
        with self._guard:
            if run in self._runs or run in self._reading:
                return
            self._reading.add(run)
        threading.Thread(target=self._read, args=(run,), name=f"shelf-{run}", daemon=True).start()

    def forget(self) -> None:
        """Keep nothing: the store did not answer, and may be another one when it does."""
        with self._guard:
            self._runs.clear()

    def _read(self, run: int) -> None:
        try:
            with self._connect() as client:
                self.read(client, run)
        except (UserError, ClickHouseError) as error:
            # The next answer that sees the run begins again.
            logging.getLogger(__name__).warning("run %s is not kept yet: %s", run, error)
        finally:
            with self._guard:
                self._reading.discard(run)

    def read(self, client: Client, run: int) -> None:
        """Keep a run from now on, and let the oldest go."""
        found = _Run(all_names(client, run), _all_popular(client, run))
        with self._guard:
            self._runs[run] = found
            for old in sorted(self._runs)[:-KEPT_RUNS]:
                if old != run:
                    del self._runs[old]

    def names(self, client: Client, run: int, article_ids: list[str]) -> dict[str, ArticleName]:
        """Names of articles by id; an article without a row gets empty names."""
        if kept := self._runs.get(run):
            return {article_id: kept.names.get(article_id) or ArticleName() for article_id in article_ids}
        return super().names(client, run, article_ids)

    def popular(self, client: Client, run: int, segment: Segment, n: int) -> list[tuple[str, float]]:
        """(article_id, score) of a segment's popular articles, best first; `[]` where the segment is not there."""
        if kept := self._runs.get(run):
            return kept.popular.get(segment, [])[:n]
        return super().popular(client, run, segment, n)


def _all_popular(client: Client, run: int) -> dict[Segment, list[tuple[str, float]]]:
    found: dict[Segment, list[tuple[str, float]]] = {}
    for age_bin, index_group, sales_channel, article_id, score in client.query(
        _ALL_POPULAR, parameters={"run": run}
    ).result_rows:
        found.setdefault(Segment(age_bin, index_group, sales_channel), []).append((article_id, score))
    return found
