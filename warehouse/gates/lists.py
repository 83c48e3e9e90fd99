"""What lists show: those about to be published, read as a stream, and those of a published run, counted by the store."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from clickhouse_connect.driver.client import Client

from warehouse.hive.catalogue import Catalogue
from warehouse.serving.publish import SHOWN

TABLE = "recs.recommendations"
SAMPLE = 50_000
"""Customers whose lists are compared one by one: the mean overlap is known to a fifth of a per cent, in little memory."""
BATCH_ROWS = 200_000

_CUSTOMERS = "select count() from recommendations where run = {run:UInt32}"
_SOURCES = """
select arrayJoin(arraySlice(sources, 1, {shown:UInt32})) as source, count()
from recommendations
where run = {run:UInt32}
group by source
"""
# The hash is a fair draw whatever the ids look like, and the same one every time.
_SAMPLE = """
select customer_id, arraySlice(article_ids, 1, {shown:UInt32}) as article_ids
from recommendations
where run = {run:UInt32}
order by sipHash64(customer_id)
limit {sample:UInt32}
"""


@dataclass(frozen=True)
class Shown:
    """What customers are shown.

    Attributes:
        customers: customers with a list.
        sources: share of the shown articles by candidate source, largest first.
    """

    customers: int
    sources: dict[str, float]


def of_date(catalogue: Catalogue, day: date) -> Shown:
    """What recs.recommendations would show as of a date."""
    customers, sources = 0, Counter()
    for batch in _shown(catalogue, day, ["rank", "source"]):
        customers += pc.sum(pc.equal(batch["rank"], 1)).as_py() or 0
        for count in pc.value_counts(batch["source"]).to_pylist():
            sources[count["values"]] += count["counts"]
    return Shown(customers, _shares(sources))


def of_run(client: Client, run: int) -> Shown:
    """What a published run shows."""
    customers = client.query(_CUSTOMERS, parameters={"run": run}).result_rows[0][0]
    return Shown(customers, _shares(dict(client.query(_SOURCES, parameters={"run": run, "shown": SHOWN}).result_rows)))


def overlap(client: Client, run: int, catalogue: Catalogue, day: date) -> tuple[float, int]:
    """(share of the articles about to be shown that a published run shows the same customer, customers compared)."""
    parameters = {"run": run, "shown": SHOWN, "sample": SAMPLE}
    published = client.query_arrow(_SAMPLE, parameters=parameters, use_strings=True)
    customers = published["customer_id"].combine_chunks().cast(pa.string())
    listed = published["article_ids"].combine_chunks()
    articles = pc.unique(listed.flatten()).cast(pa.string())
    place = pc.index_in(listed.flatten().cast(pa.string()), articles).to_numpy().astype(np.int64)
    before = np.sort(listed.value_parent_indices().to_numpy().astype(np.int64) * len(articles) + place)
    rows = found = 0
    compared = np.zeros(len(customers), bool)
    for batch in _shown(catalogue, day, ["customer_id", "article_id"], pc.field("customer_id").isin(customers)):
        customer = pc.index_in(batch["customer_id"].cast(pa.string()), customers).to_numpy()
        article = pc.fill_null(pc.index_in(batch["article_id"].cast(pa.string()), articles), -1).to_numpy()
        compared[customer] = True
        rows += len(article)
        known = article >= 0
        found += _n_among(before, customer[known].astype(np.int64) * len(articles) + article[known])
    return found / max(rows, 1), int(compared.sum())


def _n_among(ascending: np.ndarray, asked: np.ndarray) -> int:
    """How many codes are among some ascending ones; `np.isin` would sort those again for each of hundreds of batches."""
    if not len(ascending):
        return 0
    place = np.minimum(np.searchsorted(ascending, asked), len(ascending) - 1)
    return int((ascending[place] == asked).sum())


def shift(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Share of the shown articles that come from another source than before: the total variation distance."""
    return sum(abs(before.get(name, 0.0) - after.get(name, 0.0)) for name in {*before, *after}) / 2


def _shown(
    catalogue: Catalogue, day: date, columns: list[str], condition: pc.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    wanted = pc.field("rank") <= SHOWN
    wanted = wanted if condition is None else wanted & condition
    rows = catalogue.dataset(TABLE, as_of_date=day)
    # The read-ahead of the scanner would hold some sixteen batches.
    return rows.to_batches(columns=columns, filter=wanted, batch_size=BATCH_ROWS, batch_readahead=1, fragment_readahead=1)


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {name: n / total for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}
