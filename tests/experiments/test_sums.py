"""The views count what follows the first exposure, each row once, and sum it without rounding."""

from datetime import timedelta

import numpy as np
import pytest

from tests.experiments.rows import STARTS, events, experiment, exposures, insert, per_customer
from warehouse.experiments.sums import COLUMNS, of_rows, read

N = 400


@pytest.fixture
def made():
    rng = np.random.default_rng(1)
    tested = experiment()
    return tested, exposures(tested, N, rng), events(N, rng)


def units(frame):
    """Quantities in whole units, as of_rows takes them."""
    rows = frame[list(COLUMNS)].to_numpy() * np.array([10_000 if "spend" in name else 1 for name in COLUMNS])
    return np.rint(rows).astype(np.int64)


def test_the_views_sums_are_those_of_another_implementation_on_the_same_rows(store, made):
    tested, exposed, happened = made
    insert(store, exposed, happened)
    found = read(store, tested, tested.ends, is_simulated=False)
    expected = {name: of_rows(units(rows)) for name, rows in per_customer(*made).groupby("variant")}
    assert found == expected
    assert sum(one.customers for one in found.values()) == N
    assert found["old"].sums[COLUMNS.index("pre_spend")] > 0


def test_rows_that_are_sent_again_change_nothing(store, made):
    tested, exposed, happened = made
    insert(store, exposed, happened)
    before = read(store, tested, tested.ends, is_simulated=False)
    late = happened.sample(500, random_state=1)
    insert(store, exposed, late.assign(at=late["at"] + timedelta(minutes=1)))
    assert read(store, tested, tested.ends, is_simulated=False) == before


def test_a_customer_without_an_event_counts_as_nothing_bought(store, made):
    tested, exposed, _ = made
    store.insert_df("exposures", exposed)
    found = read(store, tested, tested.ends, is_simulated=False)
    assert sum(one.customers for one in found.values()) == N
    assert {sum(one.sums) for one in found.values()} == {0}


def test_real_and_simulated_customers_never_meet(store, made):
    tested, exposed, happened = made
    insert(store, exposed, happened.assign(is_simulated=True))
    real = read(store, tested, tested.ends, is_simulated=False)
    assert {sum(one.sums) for one in real.values()} == {0}
    assert read(store, tested, tested.ends, is_simulated=True) == {}


def test_who_saw_several_variants_stays_in_the_first(store):
    tested = experiment()
    rows = exposures(tested, 1, np.random.default_rng(0)).iloc[:1]
    later = rows.assign(exposure_id="later", variant="other", at=rows["at"] + timedelta(hours=1))
    store.insert_df("exposures", rows)
    store.insert_df("exposures", later)
    assert list(read(store, tested, tested.ends, is_simulated=False)) == [rows["variant"].iloc[0]]


def test_a_look_counts_what_happened_before_it(store, made):
    insert(store, *made[1:])
    tested = made[0]
    looks = [read(store, tested, STARTS + timedelta(days=d), is_simulated=False) for d in (1, 4, 14, 99)]
    customers = [sum(one.customers for one in look.values()) for look in looks]
    assert customers[0] < customers[1] < customers[2] == customers[3] == N
    assert looks[2] == looks[3]


def test_moments_of_sums_are_those_of_the_rows():
    rows = np.random.default_rng(3).integers(0, 50_000, (200, len(COLUMNS)))
    moments = of_rows(rows).aggregates()
    scale = np.array([10_000 if "spend" in name else 1 for name in COLUMNS])
    cov = np.cov(rows / scale, rowvar=False)
    for i, name in enumerate(COLUMNS):
        assert moments.mean(name) == pytest.approx((rows / scale).mean(0)[i], rel=1e-12)
        assert moments.cov(name, COLUMNS[0]) == pytest.approx(cov[i, 0], rel=1e-9)
        assert moments.var(name) == pytest.approx(cov[i, i], rel=1e-12)
