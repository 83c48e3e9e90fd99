"""Customers without a purchase: their lists follow what they told of themselves, and are never below their age group's."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from models.candidates.base import TableMarts, context_of
from models.cold_start import ColdStart
from models.evaluation.intervals import mean_interval
from models.interactions import Interactions, day_number
from tests.bench.cold_start import AgeGroups, cold_truth, judged, read_log
from warehouse.lookalike import generate

AS_OF = date(2020, 9, 1)
WEEKS = 10


def context(log, as_of=AS_OF):
    return context_of(log, as_of, TableMarts({}))


# -- what it learns -------------------------------------------------------------------------------------------------------


def shop(shuffle: int | None = None, **attributes) -> Interactions:
    """Customers 0 to 39 buy, 40 to 43 never do; the young (even) buy articles 0 to 4, the old (odd) 5 to 9; all buy 10."""
    rng, order = np.random.default_rng(0), np.random.default_rng(shuffle)
    n = 600
    customer = rng.integers(0, 40, n)
    article = np.where(rng.random(n) < 0.3, 10, rng.integers(0, 5, n) + 5 * (customer % 2))
    day = day_number(AS_OF) - 1 - rng.integers(0, 28, n)
    rows = order.permutation(n) if shuffle is not None else np.arange(n)
    keys = order.permutation(44) if shuffle is not None else np.arange(44)
    known = {"customer_id": [f"c{i:03}" for i in range(44)], "customer_key": keys} | attributes
    log = {"t_dat": pa.array(day[rows].astype(np.int32)).cast(pa.date32()), "customer_key": keys[customer[rows]]}
    articles = {"article_id": [f"{i:03}" for i in range(12)], "article_key": np.arange(12)}
    return Interactions.from_arrow(pa.table(log | {"article_key": article[rows]}), pa.table(known), pa.table(articles))


COLD = np.arange(40, 44, dtype=np.int32)
AGES = np.where(np.arange(44) % 2, 60.0, 20.0)


def lists(log, **settings) -> list[list[int]]:
    block = ColdStart(prior=1.0, age_prior=1.0, **settings).fit(context(log)).generate(COLD, 12)
    return [block.article[block.customer == c].tolist() for c in COLD]


def test_the_cold_are_shown_what_customers_of_their_age_buy():
    young, old, *_ = lists(shop(age=AGES))
    assert set(young[:6]) == {0, 1, 2, 3, 4, 10}
    assert set(old[:6]) == {5, 6, 7, 8, 9, 10}


def test_an_attribute_speaks_where_the_age_is_not_known():
    status = np.where(np.arange(44) % 2, "ACTIVE", "PRE-CREATE")
    first, second, *_ = lists(shop(age=pa.nulls(44, pa.float64()), club_member_status=status))
    assert set(first[:6]) == {0, 1, 2, 3, 4, 10}
    assert set(second[:6]) == {5, 6, 7, 8, 9, 10}


def test_who_told_nothing_is_shown_what_sells():
    log = shop()
    sales = np.bincount(log.article, log.n_lines, 12)
    found = lists(log, decay=lambda age: np.ones(len(age)))
    assert len(set(map(tuple, found))) == 1
    assert found[0] == sorted(np.flatnonzero(sales).tolist(), key=lambda a: (-sales[a], a))


def test_join_keys_and_row_order_do_not_reach_the_lists():
    assert lists(shop(shuffle=4, age=AGES)) == lists(shop(age=AGES))


def test_what_is_bought_from_the_date_on_does_not_reach_the_lists():
    log = shop(age=AGES)
    early = AS_OF - timedelta(days=7)
    seen, all_ = (ColdStart().fit(context(part, early)).generate(COLD, 12) for part in (log.before(early), log))
    np.testing.assert_array_equal(seen.article, all_.article)
    np.testing.assert_array_equal(seen.score, all_.score)


# -- what it is worth -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def look_alike(tmp_path_factory) -> Interactions:
    """The small look-alike, from its CSV files, with the columns that dim_customers has."""
    folder = tmp_path_factory.mktemp("small")
    generate(folder, scale="small", progress=lambda line: None)
    return read_log(folder)


def test_cold_lists_are_never_below_those_of_the_age_group(look_alike):
    better, who = [], []
    for week in range(1, WEEKS + 1):
        as_of = look_alike.next_day - timedelta(days=7 * week)
        truth = cold_truth(look_alike, as_of)
        better.append(judged(ColdStart(), look_alike, as_of, truth) - judged(AgeGroups(), look_alike, as_of, truth))
        who.append(truth.customer)
        assert len(truth.customer) > 50
        assert mean_interval(truth.customer, better[-1]).high >= 0
    pooled = mean_interval(np.concatenate(who), np.concatenate(better))
    assert pooled.low > 0
