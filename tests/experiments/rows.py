"""Raw rows of a small experiment, as the API would have written them, and what they come to by another way (pandas)."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from clickhouse_connect.driver.client import Client

from warehouse.experiments.assignment import variants_of
from warehouse.experiments.definition import Experiment

STARTS = datetime(2020, 9, 23, tzinfo=UTC)
EXPOSURE = ["exposure_id", "experiment", "variant", "customer_id", "at", "run", "request_id", "is_simulated"]
EVENT = ["event_id", "kind", "customer_id", "article_id", "value", "at", "session_id", "request_id", "is_simulated"]


def experiment(**changes: object) -> Experiment:
    """Two weeks, an even draw between `old` and `new`; changes win."""
    given = {
        "name": "one",
        "starts": STARTS,
        "ends": STARTS + timedelta(days=14),
        "variants": [{"name": "old", "serves": "popular"}, {"name": "new", "serves": "full_system"}],
        "goal": "purchases",
        "guardrails": ["conversion", "spend", "session_length", "price_per_purchase", "click_rate"],
    }
    return Experiment.model_validate(given | changes)


def customers(n: int) -> list[str]:
    """Ids of 64 hexadecimal digits."""
    return [f"{i:064x}" for i in range(n)]


def exposures(tested: Experiment, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """One to three exposures per customer within the first week."""
    ids = np.array(customers(n), object)
    who = np.repeat(np.arange(n), rng.integers(1, 4, n))
    frame = pd.DataFrame({"customer_id": ids[who], "variant": variants_of(tested, ids)[who]})
    frame["at"] = moments(rng.uniform(0, 7, len(who)))
    frame["exposure_id"] = [f"x{i}" for i in range(len(who))]
    return frame.assign(experiment=tested.name, run=1, request_id="", is_simulated=False)[EXPOSURE]


def events(n: int, rng: np.random.Generator, lift: float = 0.0, tested: Experiment | None = None) -> pd.DataFrame:
    """Events of customers from 40 days before the start to 20 days after it, some of them of nobody exposed."""
    rate = rng.gamma(2.0, 6.0, n + 5)
    if tested is not None:
        rate[:n] *= np.where(variants_of(tested, customers(n)) == "new", 1 + lift, 1.0)
    who = np.repeat(np.arange(n + 5), rng.poisson(rate))
    kind = rng.choice(["view", "click", "purchase", "session"], len(who), p=[0.5, 0.2, 0.15, 0.15])
    value = np.where(kind == "purchase", rng.gamma(2, 10, len(who)).round(4), rng.integers(1, 9, len(who)))
    frame = pd.DataFrame({"customer_id": np.array(customers(n + 5), object)[who], "kind": kind})
    frame["value"] = np.where(np.isin(kind, ["view", "click"]), 0.0, value)
    frame["at"] = moments(rng.uniform(-40, 20, len(who)))
    frame["event_id"] = [f"e{i}" for i in range(len(who))]
    return frame.assign(article_id="", session_id="", request_id="", is_simulated=False)[EVENT]


def moments(days: np.ndarray) -> pd.Series:
    """Moments so many days after the start, in whole milliseconds."""
    return pd.Series(pd.Timestamp(STARTS) + pd.to_timedelta((days * 86_400_000).astype(np.int64), unit="ms"))


def insert(store: Client, exposed: pd.DataFrame, happened: pd.DataFrame) -> None:
    """Into the store's tables."""
    store.insert_df("exposures", exposed)
    store.insert_df("events", happened)


def per_customer(tested: Experiment, exposed: pd.DataFrame, happened: pd.DataFrame) -> pd.DataFrame:
    """Variant and quantities of every customer, after and before (pre_) the first exposure: the views' work by pandas."""
    first = exposed.sort_values("at").groupby("customer_id").first()[["variant", "at"]].rename(columns={"at": "first_at"})
    rows = happened.merge(first, left_on="customer_id", right_index=True)
    rows = rows[(rows["at"] < tested.ends) & (rows["at"] >= rows["first_at"] - timedelta(days=tested.pre_days))]
    after = rows["at"] >= rows["first_at"]
    found = [first[["variant"]], _quantities(rows[after]), _quantities(rows[~after]).add_prefix("pre_")]
    return pd.concat(found, axis=1).fillna(0)


def _quantities(rows: pd.DataFrame) -> pd.DataFrame:
    bought, visits = rows[rows["kind"] == "purchase"], rows[rows["kind"] == "session"]
    found = {
        "purchases": bought.groupby("customer_id").size(),
        "spend": bought.groupby("customer_id")["value"].sum(),
        "sessions": visits.groupby("customer_id").size(),
        "steps": visits.groupby("customer_id")["value"].sum(),
        "views": rows[rows["kind"] == "view"].groupby("customer_id").size(),
        "clicks": rows[rows["kind"] == "click"].groupby("customer_id").size(),
    }
    frame = pd.DataFrame(found)
    frame.insert(0, "buyers", (frame["purchases"] > 0).astype(float))
    return frame
