"""The classic heuristics of the ladder against lists made by hand."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from models.candidates.base import TableMarts, context_of
from models.interactions import Interactions
from models.ladder import AgePopular, Pairs, ladder

AS_OF = date(2020, 3, 10)
AGES = ["21", "24", "", "60"]


def log_of(*rows):
    """Rows (day of March 2020, customer, article) of customers 0-3 at the ages above, and articles 0-4."""
    day, customer, article = zip(*rows, strict=True)
    return Interactions.from_arrow(
        pa.table({"t_dat": [date(2020, 3, d) for d in day], "customer_key": customer, "article_key": article}),
        pa.table({"customer_id": list("abcd"), "age": AGES}),
        pa.table({"article_id": list("01234")}),
    )


def lists(source, log, k=5):
    block = source.fit(context_of(log, AS_OF, TableMarts({}))).generate(np.arange(4), k)
    return [block.article[block.customer == customer].tolist() for customer in range(4)]


def test_pairs_are_what_several_customers_bought_beside_it_the_commonest_first():
    # 0 and 1 are bought together by three customers, 0 and 2 by two, 0 and 3 by one: that is no pair.
    log = log_of(
        (1, 0, 0), (2, 0, 1), (1, 1, 0), (1, 1, 1), (1, 1, 2), (1, 2, 0), (1, 2, 1), (1, 2, 2), (5, 3, 0), (5, 3, 3)
    )
    assert lists(Pairs(), log)[3] == [1, 2]
    assert lists(Pairs(per_article=1), log)[3] == [1]


def test_pairs_forget_what_was_bought_long_ago():
    together = [(1, customer, article) for customer in (0, 1) for article in (0, 1)]
    log = log_of(*together, (9, 3, 0))
    assert lists(Pairs(days=9), log)[3] == [1]
    assert lists(Pairs(days=8), log)[3] == []


def test_popular_at_the_age_counts_the_last_week_of_customers_of_those_five_years():
    log = log_of((9, 0, 1), (9, 0, 2), (9, 1, 2), (9, 3, 3), (1, 1, 0), (9, 2, 4))
    assert lists(AgePopular(), log) == [[2, 1], [2, 1], [4], [3]]
    assert lists(AgePopular(articles=1), log)[0] == [2]


def test_every_step_is_judged_on_the_last_seven_days_and_sees_none_of_them():
    # Until the 24th customer 0 buys 0, and the others 1; in the last week 0 buys 0 again, and 1 buys 2, which is new.
    log = log_of((10, 0, 0), (20, 1, 1), (21, 2, 1), (24, 3, 1), (25, 0, 0), (31, 1, 2))
    found = ladder(log)
    assert found["MAP@12: popular last week"] == pytest.approx(0)  # 1 alone was sold in the week before
    assert found["MAP@12: own history decayed"] == pytest.approx(1 / 2)
    assert found["MAP@12: the age against none"] == pytest.approx(1)
