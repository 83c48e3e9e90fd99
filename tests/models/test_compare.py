"""Two systems compared buyer by buyer, on rows small enough to work out by hand."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from models.compare import OtherLogError, compare
from models.evaluation.intervals import mean_interval

WEEKS = (date(2020, 9, 16), date(2020, 9, 9))


def judged(average_precision, n_bought=2, weeks=WEEKS) -> pa.Table:
    """Rows of one system: buyers 0..n-1 in every week; even ones are active and online."""
    n = len(average_precision)
    even = np.arange(n) % 2 == 0
    parts = [
        pa.table(
            {
                "week": pa.repeat(pa.scalar(week, pa.date32()), n),
                "customer_id": [f"c{i:03}" for i in range(n)],
                "n_bought": pa.repeat(pa.scalar(n_bought, pa.int32()), n),
                "average_precision": np.asarray(average_precision, float),
                "activity": np.where(even, "active", "cold"),
                "rfm": pa.repeat("loyal", n),
                "age": pa.repeat("25-29", n),
                "channel": np.where(even, "online", "store"),
            }
        )
        for week in weeks
    ]
    return pa.concat_tables(parts)


def told(**changed) -> dict:
    run = {
        "as_of_date": "2020-09-16",
        "weeks": ["2020-09-09"],
        "features": ["own.n_lines", "article.n_lines"],
        "layout": {"sources": ["popular", "ridge"]},
        "config": {"n_trees": 60},
        "stamps": {"code": "abc", "features": [1], "candidates": [2]},
        "code_version": "v1",
    }
    return run | changed


def found(one, other, a=None, b=None):
    return compare("A", "B", (one, other), (a or told(), b or told()))


def draw(n=200):
    return np.random.default_rng(3).random(n)


def test_a_system_that_is_a_little_better_for_most_is_told_so_although_buyers_differ_widely():
    base = draw()
    gain = np.where(np.arange(200) % 4 < 3, 0.03, -0.01)
    result = found(judged(base), judged(base + gain))
    assert result.pooled.difference == pytest.approx(0.02)
    assert 0 < result.pooled.low < 0.02 < result.pooled.high
    assert result.verdict.startswith("B is better by +0.0200 [+0.0")
    # What pairing is worth: each side's own interval is several times as wide as that of the difference.
    alone = mean_interval(np.arange(200), base)
    assert alone.high - alone.low > 5 * (result.pooled.high - result.pooled.low)
    back = found(judged(base + gain), judged(base))
    assert back.verdict.startswith("B is worse by -0.0200 [-0.0")
    assert (back.pooled.low, back.pooled.high) == pytest.approx((-result.pooled.high, -result.pooled.low))


def test_noise_is_no_difference_and_equal_lists_are_none_at_all():
    base, noise = draw(), np.random.default_rng(4).normal(0, 0.05, 200)
    noise -= noise.mean()
    assert found(judged(base), judged(base + noise)).verdict.startswith("No difference seen: ")
    assert found(judged(base), judged(base)).verdict.startswith("No difference at all: ")


def test_weeks_and_segments_divide_the_buyers_and_find_where_the_difference_is():
    base = draw()
    result = found(judged(base), judged(base + np.where(np.arange(200) % 2 == 0, 0.1, 0)))
    rows = {(row.scope, row.label): row for row in result.rows}
    assert list(rows)[:3] == [("pooled", "pooled"), ("week", "2020-09-16"), ("week", "2020-09-09")]
    assert rows["activity", "active"].difference == pytest.approx(0.1)
    assert (rows["activity", "cold"].difference, rows["channel", "store"].sign) == (0, 0)
    assert rows["rfm", "loyal"].buyers == 400 == sum(rows["age", label].buyers for label in ["25-29"])
    for scope in ("week", "activity", "channel"):
        assert sum(row.buyers for row in result.rows if row.scope == scope) == 400


def test_a_single_week_is_not_told_twice_and_the_order_of_rows_does_not_matter():
    one, other = judged(draw(), weeks=WEEKS[:1]), judged(draw() / 2, weeks=WEEKS[:1])
    result = found(one, other)
    assert "week" not in {row.scope for row in result.rows}
    assert found(one.take(np.random.default_rng(0).permutation(len(one))), other).rows == result.rows


@pytest.mark.parametrize(
    "other", [judged(draw(), n_bought=3), judged(draw(199)), judged(draw(), weeks=(date(2020, 9, 16), date(2020, 9, 2)))]
)
def test_other_purchases_are_refused_by_week(other):
    with pytest.raises(OtherLogError, match=r"in the week from 2020-09-\d\d .*landed other logs"):
        found(judged(draw()), other)


def test_what_differs_is_named_and_what_is_the_same_is_not():
    other = told(
        features=["own.n_lines", "own.shelf"],
        layout={"sources": ["popular"]},
        config={"n_trees": 90, "without_sources": ["ridge"]},
        stamps={"code": "abc", "features": [1], "candidates": [3]},
    )
    differs = found(judged(draw()), judged(draw()), told(), other).differs
    inputs = differs.pop("features or candidates learned from")
    assert inputs[0] != inputs[1]
    assert differs == {
        "candidate sources": (["ridge"], []),
        "features": (["article.n_lines"], ["own.shelf"]),
        "parameter n_trees": (60, 90),
        "parameter without_sources": (None, ["ridge"]),
    }
    assert found(judged(draw()), judged(draw())).differs == {}
