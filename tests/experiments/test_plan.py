"""Before the start: what a number of customers can show, and how many it takes."""

from datetime import timedelta

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

from models.baselines import BASELINES
from models.evaluation.report import FULL_SYSTEM
from tests.experiments.rows import STARTS, events, experiment
from tests.experiments.shop import Shop
from warehouse.experiments.errors import NoDataError
from warehouse.experiments.plan import from_log, plan
from warehouse.experiments.replay import NOTE, SYSTEMS, replayed
from warehouse.experiments.sums import COLUMNS, before, of_rows


def moments(n=4_000, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.zeros((n, len(COLUMNS)), np.int64)
    rate = rng.gamma(2, 1, n)
    rows[:, COLUMNS.index("purchases")] = rng.poisson(rate)
    rows[:, COLUMNS.index("pre_purchases")] = rng.poisson(rate * 2)
    return of_rows(rows).aggregates()


def test_the_customers_needed_are_those_of_another_implementation():
    told = moments()
    found = plan(experiment(pre_days=0, minimal_effect=0.1), told, "made up")
    effect = 0.1 * told.mean("purchases") / told.var("purchases") ** 0.5
    assert found.needed_at_end == pytest.approx(2 * NormalIndPower().solve_power(effect, alpha=0.05, power=0.8), abs=2)


def test_looking_every_day_takes_more_customers_and_the_covariate_fewer():
    plain = plan(experiment(pre_days=0), moments(), "made up", [1_000])
    found = plan(experiment(), moments(), "made up", [1_000])
    assert found.needed_at_end < found.needed_sequential
    assert found.needed_at_end == pytest.approx(plain.needed_at_end * found.variance_left, rel=0.01)
    assert all(size.change_at_end < size.change_sequential for size in found.sizes)
    sizes = {size.customers: size.change_at_end for size in found.sizes}
    assert sizes[1_000] == pytest.approx(2 * sizes[4_000], rel=0.01)


def test_more_treatments_and_smaller_shares_take_more_customers():
    three = [{"name": "old"}, {"name": "a"}, {"name": "b"}]
    uneven = [{"name": "old", "weight": 9}, {"name": "new"}]
    base = plan(experiment(), moments(), "made up").needed_at_end
    assert plan(experiment(variants=three), moments(), "made up").needed_at_end > 1.5 * base
    assert plan(experiment(variants=uneven), moments(), "made up").needed_at_end > 2.5 * base


def test_events_before_the_start_tell_the_noise(store):
    store.insert_df("events", events(300, np.random.default_rng(1)))
    tested = experiment(pre_days=14)
    found = before(store, tested, is_simulated=False)
    bought = """
        select count() from events
        where kind = 'purchase' and at >= {s:DateTime64(3)} and at < {e:DateTime64(3)}
    """
    window = {"s": STARTS - timedelta(days=14), "e": STARTS}
    assert found.sums[COLUMNS.index("purchases")] == store.query(bought, parameters=window).result_rows[0][0]
    assert plan(tested, found.aggregates(), "events").customers == found.customers
    assert before(store, tested, is_simulated=True) is None


def test_landed_purchases_tell_it_where_there_are_no_events(tmp_path):
    told, basis = from_log(Shop(tmp_path, 200), experiment(ends=STARTS + timedelta(days=7)))
    assert basis == "landed purchases, 2020-09-16 to 2020-09-22"
    assert told.count() == 200
    assert told.mean("purchases") + told.mean("pre_purchases") == pytest.approx(8)
    assert told.mean("spend") == pytest.approx(9.99 * told.mean("purchases"))
    with pytest.raises(NoDataError, match="not told by purchases"):
        from_log(Shop(tmp_path, 20), experiment(goal="session_length", guardrails=[]))


def test_too_few_customers_plan_nothing():
    with pytest.raises(NoDataError, match="say too little"):
        plan(experiment(), moments(10), "made up")


def test_a_replay_names_systems_that_the_evaluation_has():
    assert set(SYSTEMS.values()) - {FULL_SYSTEM} <= set(BASELINES)


def test_a_replay_takes_the_evaluations_figures_and_says_what_it_is_not():
    figures = {"week": "2020-09-16", "buyers": 9, "hit_rate_at_12": 0.2, "map_at_12": 0.1, "map_low": 0.0, "map_high": 0.2}
    systems = [("popular decayed", "baseline"), ("popular", "source"), ("full system", "system"), ("ALS", "baseline")]
    rows = [{"system": name, "kind": kind, **figures} for name, kind in systems]
    found = replayed(experiment(), rows)
    assert [(one.variant, one.system) for one in found] == [("old", "popular decayed"), ("new", "full system")]
    assert found[0].to_dict()["note"] == NOTE
    with pytest.raises(NoDataError, match="No variant of one serves"):
        replayed(experiment(variants=[{"name": "a", "serves": "run:1"}, {"name": "b", "serves": "run:2"}]), rows)
