"""The log as arrays: order, time, sums; nothing depends on keys or on the order of rows."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from models.decay import exponential, flat, nano_weights, reciprocal
from models.interactions import Interactions, UnknownKeyError, day_number

CUSTOMERS = pa.table({"customer_id": ["b", "a"], "customer_key": [0, 1]})
ARTICLES = pa.table({"article_id": ["010", "009", "011"], "article_key": [2, 0, 1], "product_code": [7, 7, None]})


def log(*rows, **columns) -> Interactions:
    """Rows (day, customer_key, article_key)."""
    day, customer, article = (list(column) for column in zip(*rows, strict=True))
    table = {"t_dat": [date.fromisoformat(d) for d in day], "customer_key": customer, "article_key": article}
    return Interactions.from_arrow(pa.table({**table, **columns}), CUSTOMERS, ARTICLES)


def test_indices_follow_the_natural_ids():
    found = log(("2020-01-02", 0, 2), ("2020-01-01", 0, 2), ("2020-01-02", 1, 0))
    assert found.customers.ids.to_pylist() == ["a", "b"]
    assert found.articles.ids.to_pylist() == ["009", "010", "011"]
    assert found.customer.tolist() == [1, 0, 1]
    assert found.article.tolist() == [1, 0, 1]
    assert found.articles.keys.tolist() == [0, 2, 1]


def test_rows_of_one_day_customer_and_article_become_one_with_all_lines():
    found = log(("2020-01-01", 0, 0), ("2020-01-01", 0, 0), ("2020-01-02", 0, 0), n_lines=[2, 1, 1])
    assert found.n_lines.tolist() == [3, 1]


def test_ids_serve_where_there_are_no_keys():
    rows = pa.table({"t_dat": [date(2020, 1, 1)], "customer_id": ["b"], "article_id": ["011"]})
    found = Interactions.from_arrow(rows, CUSTOMERS.drop(["customer_key"]), ARTICLES.drop(["article_key"]))
    assert (found.customer.tolist(), found.article.tolist()) == ([1], [2])


@pytest.mark.parametrize(("customer", "article"), [(5, 0), (0, -1), (0, 3)])
def test_a_key_outside_the_dimension_is_refused(customer, article):
    with pytest.raises(UnknownKeyError, match="in no dimension"):
        log(("2020-01-01", customer, article))


def test_the_as_of_day_itself_is_not_seen_and_begins_the_labels():
    found = log(("2020-01-01", 0, 0), ("2020-01-02", 0, 1), ("2020-01-08", 1, 1), ("2020-01-09", 1, 0))
    as_of = date(2020, 1, 2)
    assert len(found.before(as_of)) == 1
    truth = found.labels(as_of)
    assert list(zip(truth.pair_customer.tolist(), truth.article.tolist(), strict=True)) == [(0, 2), (1, 2)]
    assert found.next_day == date(2020, 1, 10)


def test_truth_counts_lines_for_the_list_truth():
    truth = log(("2020-01-01", 0, 0), ("2020-01-03", 0, 0), ("2020-01-03", 0, 2)).labels(date(2020, 1, 1))
    assert (truth.customer.tolist(), truth.start.tolist()) == ([1], [0, 2])
    assert (truth.article.tolist(), truth.n_lines.tolist()) == ([0, 1], [2, 1])


def test_labels_of_a_week_without_sales_are_empty():
    truth = log(("2020-01-01", 0, 0)).labels(date(2021, 1, 1))
    assert (len(truth.customer), truth.start.tolist(), len(truth.pair_customer)) == (0, [0], 0)


def test_pairs_hold_days_and_lines_per_customer_and_article():
    pairs = log(("2020-01-01", 0, 0), ("2020-01-05", 0, 0), ("2020-01-05", 0, 0), ("2020-01-02", 1, 1)).pairs
    assert list(zip(pairs.customer.tolist(), pairs.article.tolist(), strict=True)) == [(0, 2), (1, 0)]
    assert (pairs.n_lines.tolist(), pairs.n_days.tolist()) == ([1, 3], [1, 2])
    first = day_number(date(2020, 1, 1))
    assert (pairs.first_day[1], pairs.last_day[1]) == (first, first + 4)


def test_decayed_sums_equal_those_computed_by_hand():
    found = log(("2020-01-01", 0, 0), ("2020-01-03", 0, 0), ("2020-01-03", 0, 0))
    as_of = date(2020, 1, 5)
    assert found.decayed(as_of, reciprocal)[1, 0] == pytest.approx(1 / 4 + 2 / 2)
    assert found.decayed(as_of, flat)[1, 0] == 3
    expected = np.exp(-4 / 30) + 2 * np.exp(-2 / 30)
    assert found.decayed(as_of, exponential(30))[1, 0] == pytest.approx(expected, abs=1e-8)
    assert found.article_weights(as_of, reciprocal).tolist() == [1.25, 0, 0]


def test_weights_are_whole_billionths():
    assert nano_weights(reciprocal, np.array([3, 1], np.int32)).tolist() == [333_333_333, 1_000_000_000]


def test_an_attribute_becomes_codes_in_order_of_its_values():
    found = log(("2020-01-01", 0, 0))
    assert found.articles.codes("product_code").tolist() == [0, 0, -1]
    assert found.articles.codes("no_such_column").tolist() == [-1, -1, -1]


def test_the_log_is_the_same_whatever_the_keys_and_the_order_of_rows(shop):
    one, other = shop.log(), shop.log(seed=11)
    for name in ("customer", "article", "day", "n_lines"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.articles.ids == other.articles.ids
    assert not np.array_equal(one.articles.keys, other.articles.keys)


def test_an_empty_log_has_no_pairs_and_no_buyers(shop):
    empty = shop.log().before(date(2000, 1, 1))
    assert (len(empty), len(empty.buyers), empty.decayed(date(2000, 1, 1), flat).nnz) == (0, 0, 0)
