"""Simulated customers on the real API, over HTTP: what they were served and did is in the store, marked."""

import asyncio
import time

import numpy as np
import pyarrow as pa
from small_warehouse import ARTICLES, AS_OF, customers

from warehouse.experiments.definition import load
from warehouse.experiments.health import not_as_drawn
from warehouse.experiments.report import report
from warehouse.experiments.simulation.api import Api
from warehouse.experiments.simulation.behaviour import Behaviour
from warehouse.experiments.simulation.simulate import simulate
from warehouse.experiments.simulation.tastes import tastes

TEST = """experiments:
  - name: lists
    starts: 2020-09-23
    ends: 2020-09-28
    variants: [{name: simple, serves: popular}, {name: full, serves: full_system}]
    goal: purchases
    pre_days: 3
"""


def bought(warehouse):
    """Keys for the small warehouse's customers, and some purchases of theirs."""
    dim = customers()
    keys = pa.array(range(dim.num_rows), pa.int32())
    warehouse.write("marts.dim_customers", dim.append_column("customer_key", keys))
    who = np.arange(40) % dim.num_rows
    lines = {"customer_key": who, "article_key": np.arange(40) % len(ARTICLES), "price": np.full(40, 4.99)}
    days = pa.array([AS_OF] * 40)
    warehouse.write("marts.fct_transactions", pa.table(lines | {"n_lines": np.ones(40, np.int32), "t_dat": days}))
    return tastes(warehouse.catalogue, dim.num_rows, seed=1)


def test_an_experiment_of_simulated_customers_lands_in_the_store_marked(store, publish_it, warehouse, experiments, live):
    publish_it()
    experiments.write_text(TEST)
    tested, known = load(experiments)[0], bought(warehouse)

    async def run():
        async with Api(live) as api:
            return await simulate(api, tested, known, Behaviour(visits_per_day=2.0), 1, lambda line: None)

    done = asyncio.run(run())
    wanted = done.events, sum(done.sessions.values())
    end = time.monotonic() + 20
    while (found := counts(store)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert found == wanted
    assert len(done.variants) == 2
    assert not_as_drawn(store, tested, is_simulated=True) == 0
    assert report(store, tested, tested.ends, looks=2).customers == dict(done.variants)
    for table in ("events", "exposures"):
        assert store.query(f"select distinct is_simulated from {table}").result_rows == [(True,)]


def counts(store):
    return tuple(store.query(f"select count() from {table}").result_rows[0][0] for table in ("events", "exposures"))
