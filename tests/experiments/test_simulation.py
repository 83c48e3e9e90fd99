"""Simulated customers: what they are served decides what they do, all of it is marked, and a broken API is noticed."""

import asyncio
from datetime import timedelta

import httpx
import numpy as np
import pytest

from tests.experiments.rows import STARTS, experiment
from tests.experiments.shop import Shop, api
from warehouse.experiments.report import report
from warehouse.experiments.simulation.api import Api, ApiError
from warehouse.experiments.simulation.behaviour import Behaviour, visit
from warehouse.experiments.simulation.clear import clear
from warehouse.experiments.simulation.simulate import simulate
from warehouse.experiments.simulation.tastes import tastes

N = 160
TESTED = experiment(ends=STARTS + timedelta(days=6), pre_days=4, guardrails=["session_length"], expected_customers=N)
LIVELY = Behaviour(visits_per_day=0.8)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop"), N)


def run(store, shop, tested=TESTED, *, seed=1, broken=False):
    async def drive():
        transport = httpx.ASGITransport(api(store, shop, [tested], broken=broken))
        async with Api("http://shop", transport=transport) as client:
            return await simulate(client, tested, tastes(shop, N, seed), LIVELY, seed, lambda line: None)

    return asyncio.run(drive())


def test_who_is_served_what_they_like_buys_more_and_the_report_finds_it(store, shop):
    done = run(store, shop)
    found = report(store, TESTED, TESTED.ends, looks=2)
    assert found.is_simulated
    assert found.is_healthy, found.health
    assert found.customers == dict(done.variants)
    goal = found.effects[0]
    assert goal.sequential.sign == 1
    assert goal.is_adjusted
    assert "new is better than old" in found.verdict[0]
    bought = store.query("select count() from events where kind = 'purchase' and at >= {s:DateTime}", {"s": STARTS})
    assert bought.result_rows[0][0] == sum(done.purchases.values())


def test_everything_simulated_is_marked_and_nothing_is_exposed_before_the_start(store, shop):
    run(store, shop)
    for table in ("events", "exposures"):
        assert store.query(f"select distinct is_simulated from {table}").result_rows == [(True,)]
    first, last = store.query("select min(at), max(at) from exposures").result_rows[0]
    assert STARTS.replace(tzinfo=None) <= first < last < TESTED.ends.replace(tzinfo=None)
    assert store.query("select min(at) < {s:DateTime} from events", {"s": STARTS}).result_rows == [(True,)]


def test_where_both_variants_serve_the_same_no_difference_is_seen(store, shop):
    same = experiment(
        ends=TESTED.ends,
        pre_days=4,
        variants=[{"name": "old", "serves": "popular"}, {"name": "new", "serves": "als"}],
    )
    run(store, shop, same, seed=2)
    found = report(store, same, same.ends, looks=2)
    assert found.effects[0].sequential.sign == 0
    assert "shows no difference to" in found.verdict[0]


def test_an_api_that_loses_exposures_of_one_arm_trips_the_health_block(store, shop):
    run(store, shop, broken=True)
    found = report(store, TESTED, TESTED.ends, looks=2)
    assert {check.name for check in found.health if check.state == "bad"} == {"sample ratio"}
    assert found.verdict[0].startswith("No verdict: sample ratio:")


def test_the_same_seed_again_changes_no_result_and_clearing_leaves_real_rows(store, shop):
    first = run(store, shop)
    before = report(store, TESTED, TESTED.ends, looks=2)
    assert run(store, shop).purchases == first.purchases
    after = report(store, TESTED, TESTED.ends, looks=2)
    assert (after.values, after.effects) == (before.values, before.effects)
    real = ["real", "view", "c", "", 0, STARTS, "", "", False]
    names = ["event_id", "kind", "customer_id", "article_id", "value", "at", "session_id", "request_id", "is_simulated"]
    store.insert("events", [real], column_names=names)
    clear(store, TESTED)
    assert store.query("select event_id from events").result_rows == [("real",)]
    assert store.query("select count() from exposures").result_rows == [(0,)]


def test_an_affinity_is_the_share_of_what_was_bought_and_strangers_like_what_all_like(shop):
    found = tastes(shop, N, seed=1)
    places = np.tile(np.arange(len(found.price)), (2, 1))
    likes = found.affinity(np.array([1, 2]), places)
    best = likes.argmax(1) // 10
    kinds = np.array([int(i, 16) % 6 for i in found.ids[[1, 2]]])
    assert (best == kinds).all()
    assert (likes >= 0).all()
    assert (likes <= 1).all()
    assert found.affinity(np.array([0]), np.array([[-1]])) == 0


def test_a_list_is_looked_at_from_the_top_and_only_what_was_looked_at_is_opened():
    rng = np.random.default_rng(0)
    found = visit(rng.random((5_000, 12)), np.zeros((5_000, 12), bool), Behaviour(), rng)
    assert found.viewed[:, 0].all()
    assert (np.diff(found.viewed.astype(int), axis=1) <= 0).all()
    assert not (found.clicked & ~found.viewed).any()
    assert not (found.bought & ~found.clicked).any()
    assert (found.steps == found.viewed.sum(1)).all()


def test_no_api_is_told_with_what_to_do():
    async def ask():
        async with Api("http://127.0.0.1:9") as client:
            await client.ready()

    with pytest.raises(ApiError, match="hm serve"):
        asyncio.run(ask())
