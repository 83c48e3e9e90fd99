"""The population stability index: by hand, under chance, and where features move."""

import numpy as np
import pytest

from warehouse.gates.drift import Drift, population_stability


def test_equal_samples_have_not_moved():
    values = np.array([1.0, 2.0, 2.0, np.nan, 7.0])
    assert population_stability(values, values.copy())[0] == pytest.approx(0)


def test_the_index_is_the_one_computed_by_hand():
    # Two bins, below and above the one edge there is: 100 and 100 rows become 150 and 50.
    before, after = np.repeat([0.0, 1.0], 100), np.repeat([0.0, 1.0], [150, 50])
    p, q = np.array([100.5, 100.5]) / 201, np.array([150.5, 50.5]) / 201
    assert population_stability(before, after)[0] == pytest.approx(float(np.sum((q - p) * np.log(q / p))))


@pytest.mark.parametrize("rows", [40, 400, 40_000])
def test_samples_of_one_population_stay_within_chance(rows):
    draw = np.random.default_rng(1)
    found = [population_stability(draw.lognormal(size=rows), draw.lognormal(size=rows)) for _ in range(100)]
    assert sum(psi > chance for psi, chance in found) <= 2
    assert found[0][1] == pytest.approx(27.88 * 2 / rows, rel=0.01)  # chi-square, 9 degrees of freedom, 99.9 %


@pytest.mark.parametrize("moved", [lambda x: x * 100, lambda x: np.where(np.arange(len(x)) % 3 == 0, np.nan, x)])
def test_another_unit_and_a_third_of_nulls_are_seen(moved):
    values = np.random.default_rng(2).lognormal(size=2_000)
    psi, chance = population_stability(values, moved(values))
    assert Drift("f", psi, chance).beyond_chance > 0.1


def test_a_column_without_values_says_nothing():
    empty = np.full(10, np.nan)
    assert population_stability(empty, empty)[0] == 0
    assert population_stability(np.array([]), np.array([]))[0] == 0


def test_ties_make_fewer_bins_and_nothing_is_lost():
    mostly_zero = np.repeat([0.0, 5.0], [95, 5])
    psi, chance = population_stability(mostly_zero, mostly_zero)
    assert psi == 0
    assert chance == pytest.approx(10.83 * 2 / 100, rel=0.01)  # one degree of freedom: zero, or more
