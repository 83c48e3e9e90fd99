"""What dashboards read of experiments is what the report says: one definition, two ways to ask."""

import numpy as np
import pytest

from tests.experiments.rows import events, experiment, exposures, insert
from warehouse.experiments.record import record
from warehouse.experiments.report import report
from warehouse.experiments.statistics import sample_ratio

N = 1_500
"""From 1,000 customers on both sides take the normal approximation of the split."""


@pytest.fixture
def tested(store):
    store.command("truncate table defined_variants")
    rng, made = np.random.default_rng(1), experiment()
    insert(store, exposures(made, N, rng), events(N, rng))
    record(store, [made])
    return made


def arms(store):
    return {row["variant"]: row for row in store.query("select * from experiment_arms").named_results()}


def test_the_dashboards_figures_are_those_of_the_report(store, tested):
    found, told = arms(store), report(store, tested, tested.ends, False, looks=1)
    assert {name: row["customers"] for name, row in found.items()} == told.customers
    assert {name: row["goal_value"] for name, row in found.items()} == pytest.approx(told.values[tested.goal])
    assert {row["traffic"] for row in found.values()} == {"real customers"}


def test_the_split_is_judged_as_the_report_judges_it(store, tested):
    found = arms(store)
    (control,) = (row for row in found.values() if row["is_control"])
    for row in found.values():
        if not row["is_control"]:
            ratio = row["share_wanted"] / control["share_wanted"]
            expected = sample_ratio(control["customers"], row["customers"], ratio)
            assert row["chance_of_split"] == pytest.approx(expected, rel=1e-6)
    ((p,),) = store.query("select sample_ratio_p from experiment_checks").result_rows
    treatments = [row["chance_of_split"] for row in found.values() if not row["is_control"]]
    assert p == pytest.approx(min(1, min(treatments) * len(treatments)))


def test_days_add_up_to_the_whole(store, tested):
    days = "select variant, sum(new_customers), sum(exposures), sum(purchases) from experiment_days group by variant"
    whole = "select variant, customers, exposures, purchases from experiment_arms"
    assert sorted(store.query(days).result_rows) == sorted(store.query(whole).result_rows)


def test_a_definition_is_written_once_and_again_when_it_changes(store, tested):
    def told():
        return store.query("select count(), uniqExact(defined_at) from defined_variants").result_rows[0]

    before = told()
    record(store, [tested])
    assert told() == before
    later = tested.model_copy(update={"ends": tested.ends.replace(year=tested.ends.year + 1)})
    record(store, [later])
    assert told() == (before[0] * 2, 2)
    assert store.query("select distinct ends from experiment_variants").result_rows == [(later.ends.replace(tzinfo=None),)]


def test_without_a_definition_there_is_nothing_to_see(store, tested):
    store.command("truncate table defined_variants")
    assert arms(store) == {}
    assert store.query("select count() from experiment_checks").result_rows == [(0,)]
