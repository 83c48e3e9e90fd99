"""Candidates of past weeks, as they are written."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from models.build_candidates import build_candidates
from models.candidates import SOURCES
from models.interactions import Interactions
from warehouse.schemas.recs import CANDIDATES


class MemoryWarehouse:
    """Marts of one date to read, and a dictionary to write to."""

    def __init__(self, marts):
        self.marts, self.written = marts, {}

    def read(self, table, columns=None, **where):
        return self.marts.read(table.removeprefix("marts."), columns)

    def write(self, table, values, batches):
        assert table is CANDIDATES
        self.written[values["as_of_date"]] = pa.Table.from_batches(list(batches), table.arrow_schema)
        return len(self.written[values["as_of_date"]])


@pytest.fixture
def log(shop) -> Interactions:
    return shop.log(seed=9)


def build(log, make_context, as_of, **options):
    warehouse, lines = MemoryWarehouse(make_context(log).marts), []
    rows = build_candidates(warehouse, [as_of], log=log, progress=lines.append, **options)
    return warehouse.written[as_of], rows, lines


def test_every_buyer_of_the_week_and_nobody_else_is_stored_under_the_warehouse_keys(log, make_context, context):
    table, rows, lines = build(log, make_context, context.as_of)
    buyers = log.customers.keys[log.labels(context.as_of).customer]
    assert set(table["customer_key"].to_pylist()) == set(buyers.tolist())
    assert set(table["source"].to_pylist()) == set(SOURCES)
    assert rows == len(table) > 0
    assert lines[0].startswith(f"{context.as_of}: {rows:,} candidates of {len(buyers)} buyers, ")


def test_stored_pairs_are_unique_per_source_and_no_article_is_unsold(log, make_context, context):
    table, _, _ = build(log, make_context, context.as_of)
    codes = table.group_by(["source", "customer_key", "article_key"]).aggregate([([], "count_all")])
    assert len(codes) == len(table)
    sold = log.articles.keys[log.before(context.as_of).sold]
    assert np.isin(table["article_key"].to_numpy(), sold).all()


def test_sources_and_their_k_may_be_chosen(log, make_context, context):
    table, _, _ = build(log, make_context, context.as_of, sources=["popular"], k={"popular": 3})
    assert (set(table["source"].to_pylist()), max(table["rank"].to_pylist())) == ({"popular"}, 3)


def test_a_week_without_buyers_is_written_empty(log, make_context):
    table, rows, _ = build(log, make_context, date(2030, 1, 1), sources=["popular"])
    assert (rows, table.schema) == (0, CANDIDATES.arrow_schema)
