"""A small calibration: the intervals do what they say, and the measurement notices when they do not."""

import numpy as np
import pytest

from tests.experiments import calibration
from tests.experiments.calibration import broken, injected, nothing_to_find, several_treatments
from tests.experiments.draws import World, draw, rows
from tests.experiments.vectorised import compared
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.statistics import Terms, effect
from warehouse.experiments.sums import COLUMNS, of_rows

SEEDS, SMALL = 240, World(customers=600, days=14)


@pytest.fixture
def rng():
    return np.random.default_rng(2)


def faults(found):
    return [row for row in found if not row.holds]


@pytest.mark.parametrize("kind", ["mean", "ratio"])
@pytest.mark.parametrize("cuped", [False, True])
def test_the_vectorised_test_is_the_products_own(kind, cuped):
    metric = METRICS["purchases" if kind == "mean" else "purchases_per_session"]
    values, is_in, arm = rows(SMALL, 3, np.random.default_rng(5))
    moments = draw(SMALL, 3, np.random.default_rng(5))
    control, treatment, var_control, var_treatment = (part[:, -1] for part in compared(kind, moments, 1, cuped))
    for seed in range(3):
        arms = []
        for which in (0, 1):
            those = np.zeros((int((is_in[seed, :, -1] & (arm[seed] == which)).sum()), len(COLUMNS)), np.int64)
            for place, name in enumerate(("purchases", "sessions", "pre_purchases", "pre_sessions")):
                those[:, COLUMNS.index(name)] = values[seed, is_in[seed, :, -1] & (arm[seed] == which), -1, place]
            arms.append(of_rows(those).aggregates())
        found = effect(metric, "new", *arms, Terms(use_covariate=cuped))
        assert (found.control, found.treatment) == pytest.approx((control[seed], treatment[seed]), rel=1e-9)
        z = (treatment - control)[seed] / np.sqrt(var_control + var_treatment)[seed]
        half = found.sequential.high - found.change
        width = calibration.reach(moments.n[seed, -1].sum(), 0.05, 5_000)
        assert found.change / (half / width) == pytest.approx(z, rel=1e-6)


def test_without_a_difference_one_look_errs_in_a_twentieth_and_daily_looks_only_with_the_sequential_interval(rng):
    assert faults(nothing_to_find(SEEDS, SMALL, rng)) == []


def test_several_treatments_together_err_in_a_twentieth(rng):
    assert faults(several_treatments(SEEDS, SMALL, rng)) == []


def test_an_injected_lift_lies_inside_its_interval(rng):
    assert faults(injected(SEEDS, SMALL, rng, lifts=(0.1,))) == []


def test_a_broken_assignment_trips_the_sample_ratio(rng):
    assert faults(broken(SEEDS, rng)) == []


def test_the_measurement_notices_an_interval_that_is_too_narrow(rng, monkeypatch):
    monkeypatch.setattr(calibration, "reach", lambda n, alpha, expected: np.full(np.shape(n), 1.96))
    assert {row.what.partition(",")[0] for row in faults(nothing_to_find(SEEDS, SMALL, rng))} == {"A/A"}
