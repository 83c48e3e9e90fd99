"""The report: health first, words that follow from the figures, a page that needs nothing else."""

import re
from datetime import timedelta

import numpy as np
import pytest

from tests.experiments.rows import STARTS, events, experiment, exposures, insert
from warehouse.experiments.health import Check
from warehouse.experiments.page import SIMULATED, page
from warehouse.experiments.report import days, report
from warehouse.experiments.statistics import Effect, Interval
from warehouse.experiments.verdict import verdict

N = 1_000
OK = [Check("data", "ok", "fine")]


def effect(metric, low, high, relative=0.1):
    interval = Interval(low, high, low, high)
    return Effect(metric, "new", 1.0, 1.1, 0.1, relative, interval, interval, 0.01, False, 1.0)


@pytest.fixture
def filled(store):
    rng = np.random.default_rng(3)
    tested = experiment()
    insert(store, exposures(tested, N, rng), events(N, rng, lift=1.0, tested=tested))
    return store, tested


def test_an_injected_lift_is_found_and_told(filled):
    found = report(*filled, filled[1].ends, looks=3)
    assert found.is_healthy, found.health
    assert [check.state for check in found.health] == ["ok"] * 4
    assert found.verdict[0].startswith("new is better than old: articles bought per customer +")
    assert [one.metric for one in found.effects] == list(filled[1].metrics)
    assert found.looks[-1].effect == found.effects[0]


def test_a_broken_assignment_makes_the_figures_unreadable(store):
    rng = np.random.default_rng(3)
    tested = experiment()
    exposed = exposures(tested, N, rng)
    lost = (exposed["variant"] == "new") & exposed["customer_id"].str.endswith(("0", "1", "2", "3"))
    insert(store, exposed[~lost], events(N, rng))
    found = report(store, tested, tested.ends, looks=2)
    assert [check.name for check in found.health if check.state == "bad"] == ["sample ratio"]
    assert found.verdict == [f"No verdict: sample ratio: {found.health[1].says}."]


def test_a_salt_that_changed_is_noticed(filled):
    store, tested = filled
    found = report(store, experiment(salt="another"), tested.ends, looks=2)
    assert [check.name for check in found.health if check.state == "bad"] == ["as drawn"]


def test_customers_in_several_variants_are_counted_and_many_of_them_spoil_the_figures(filled):
    store, tested = filled
    exposed = exposures(tested, N, np.random.default_rng(3))
    again = exposed.drop_duplicates("customer_id").iloc[: N // 10]
    other = again["variant"].map({"old": "new", "new": "old"})
    late = again["at"] + timedelta(hours=200)
    store.insert_df("exposures", again.assign(exposure_id="late" + again["exposure_id"], variant=other, at=late))
    check = {check.name: check for check in report(store, tested, tested.ends, looks=2).health}["one variant each"]
    assert (check.state, check.says) == ("bad", "100 customers (10.00%) were seen in several variants; the first counts")


def test_without_data_the_report_says_so(store):
    found = report(store, experiment(), STARTS + timedelta(days=3))
    assert found.health == [Check("data", "bad", "nobody was shown old, new; is the experiment running, and the API asked?")]
    assert "There is nothing to draw yet" in page(found)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.05, 0.15, "new is better than old: articles bought per customer +10.0%, interval +5.0% to +15.0%."),
        (-0.15, -0.05, "new is worse than old"),
        (-0.05, 0.15, "new shows no difference to old"),
    ],
)
def test_the_verdict_follows_from_the_interval_that_decides(low, high, says):
    tested = experiment(guardrails=[])
    assert verdict(tested, OK, [effect("purchases", low, high)], tested.ends)[0].startswith(says)


def test_a_guardrail_that_is_worse_is_told_with_the_goal():
    tested = experiment(guardrails=["spend"])
    told = verdict(tested, OK, [effect("purchases", 0.05, 0.15), effect("spend", -0.2, -0.1)], tested.ends)
    assert "But a guardrail is worse: money spent per customer. Do not roll it out" in told[0]


def test_a_look_before_the_end_says_what_it_may_be_used_for():
    effects = [effect("purchases", 0.05, 0.15)]
    early = STARTS + timedelta(days=1)
    assert "may be stopped by them" in verdict(experiment(guardrails=[]), OK, effects, early)[1]
    at_end = experiment(guardrails=[], decide="at_end")
    assert "do not stop by it" in verdict(at_end, OK, effects, early)[1]
    assert len(verdict(at_end, OK, effects, at_end.ends)) == 1


def test_the_page_asks_for_nothing_outside_itself_and_names_the_simulated(filled):
    store, tested = filled
    store.command("alter table exposures update is_simulated = true where 1 settings mutations_sync = 1")
    store.command("alter table events update is_simulated = true where 1 settings mutations_sync = 1")
    found = report(store, tested.model_copy(update={"hypothesis": "<b>more</b>"}), tested.ends, looks=3)
    text = page(found)
    body = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
    assert SIMULATED in body
    assert "&lt;b&gt;more" in body
    assert not re.search(r"(src|href)\s*=", body)
    assert body.index("Can the figures be read?") < body.index("Verdict") < body.index("What changed")
    assert 'id="changes"' in body
    assert 'id="days"' in body


def test_looks_are_the_ends_of_days_and_at_most_forty():
    tested = experiment(ends=STARTS + timedelta(days=90))
    assert days(tested, STARTS + timedelta(hours=5)) == [STARTS + timedelta(hours=5)]
    assert days(tested, STARTS + timedelta(days=2)) == [STARTS + timedelta(days=1), STARTS + timedelta(days=2)]
    many = days(tested, tested.ends)
    assert len(many) <= 40
    assert many[-1] == tested.ends
