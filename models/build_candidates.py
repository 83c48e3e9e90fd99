"""Candidates of past weeks' buyers into recs.candidates: what the ranker learns from and is judged on.

Only customers who bought in the label week are stored; everyone else's candidates are streamed by `models.recommend`.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Protocol

import numpy as np
import pyarrow as pa

from models.candidates import FittedSources, fit_sources
from models.candidates.base import CandidateBlock, CatalogueMarts, blocks_of, context_of
from models.interactions import Interactions, TableReader
from models.side_by_side import side_by_side
from warehouse.schemas.recs import CANDIDATES


class Warehouse(TableReader, Protocol):
    """What of `warehouse.hive.catalogue.Catalogue` is needed here."""

    def write(self, table, values: dict[str, object], batches: Iterator[pa.RecordBatch]) -> int: ...


def build_candidates(
    catalogue: Warehouse,
    as_of_dates: list[date],
    sources: list[str] | None = None,
    *,
    k: dict[str, int] | None = None,
    allow_repeats: bool = True,
    log: Interactions | None = None,
    num_threads: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> int:
    """Write one partition of recs.candidates per date, for the buyers of the week that begins with it; returns the rows.

    Args:
        sources: names of `models.candidates.SOURCES`; all by default.
        k: articles per customer of single sources, where they differ from the table.
        allow_repeats: whether what a customer bought may be proposed.
        log: the log, where the caller holds it already.
        num_threads: blocks of customers worked on at once; the rows do not depend on it.
        progress: called with one line per date.

    Raises:
        MissingDataError: a mart of a date is not there.
        UnknownSourceError: a source does not exist.
    """
    log = log or Interactions.from_catalogue(catalogue)
    total = 0
    for as_of in as_of_dates:
        begun = time.perf_counter()
        context = context_of(log, as_of, CatalogueMarts(catalogue, as_of), allow_repeats=allow_repeats)
        fitted, buyers = fit_sources(context, sources, k), log.labels(as_of).customer
        fit_s = time.perf_counter() - begun
        rows = catalogue.write(CANDIDATES, {"as_of_date": as_of}, batches(fitted, buyers, log, num_threads))
        seconds = time.perf_counter() - begun
        progress(f"{as_of}: {rows:,} candidates of {len(buyers):,} buyers, {seconds:.1f} s ({fit_s:.1f} s of fitting)")
        total += rows
    return total


def batches(fitted: FittedSources, customers: np.ndarray, log: Interactions, threads: int) -> Iterator[pa.RecordBatch]:
    """Rows of recs.candidates, one batch per block of customers and source."""

    def of_block(block: np.ndarray) -> list[pa.RecordBatch]:
        return [to_arrow(candidates, name, log) for name, candidates in fitted.generate(block)]

    for found in side_by_side(of_block, blocks_of(customers), threads):
        yield from found


def to_arrow(block: CandidateBlock, source: str, log: Interactions) -> pa.RecordBatch:
    """Candidates of one source with the warehouse's keys."""
    columns = {
        "customer_key": log.customers.keys[block.customer],
        "article_key": log.articles.keys[block.article],
        "source": pa.repeat(source, len(block)),
        "rank": block.rank,
        "score": block.score,
    }
    return pa.RecordBatch.from_pydict(columns, schema=CANDIDATES.arrow_schema)
