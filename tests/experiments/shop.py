"""A shop of a few articles and many customers as Parquet files, and an API on it that keeps to the real one's contract."""

import uuid
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from clickhouse_connect.driver.client import Client
from fastapi import Body, FastAPI

from tests.experiments.rows import EVENT, EXPOSURE
from warehouse.experiments.assignment import variant_of
from warehouse.experiments.definition import Experiment
from warehouse.experiments.simulation.tastes import WEIGHTS
from warehouse.hive.catalogue import MissingDataError

ARTICLES = [f"0{100_000_000 + i}" for i in range(60)]
KINDS = 6
"""Kinds of articles; a customer buys of one of them."""


class Shop:
    """Answers as a catalogue; customer i likes kind i mod 6, and a tenth of all purchases is of kind 0 besides."""

    def __init__(self, folder: Path, n: int):
        self.folder, self.ids = folder, [f"{i:064x}" for i in range(n)]
        rng = np.random.default_rng(0)
        who = np.repeat(np.arange(n), 8)
        kind = np.where(rng.random(len(who)) < 0.9, who % KINDS, 0)
        what = kind * 10 + rng.integers(0, 10, len(who))
        days = [date(2020, 9, 1 + int(d)) for d in rng.integers(0, 22, len(who))]
        self._write("marts.dim_customers", customer_key=np.arange(n), customer_id=self.ids)
        attributes = {name: [f"{name} {i // 10}" for i in range(len(ARTICLES))] for name in WEIGHTS}
        self._write("marts.dim_articles", article_key=np.arange(len(ARTICLES)), article_id=ARTICLES, **attributes)
        lines = {"price": np.full(len(who), 9.99), "n_lines": np.ones(len(who), np.int32), "t_dat": days}
        self._write("marts.fct_transactions", customer_key=who, article_key=what, **lines)

    def _write(self, table: str, **columns: object) -> None:
        pq.write_table(pa.table(columns), self.folder / f"{table}.parquet")

    def read(self, table: str, columns: list[str] | None = None, **where: object) -> pa.Table:
        path = self.folder / f"{table}.parquet"
        if not path.is_file():
            raise MissingDataError(f"{table} is not there")
        return pq.read_table(path, columns=columns)

    def own_list(self, customer: str) -> list[str]:
        """The articles of a customer's kind, then others."""
        first = self.ids.index(customer) % KINDS * 10
        return [*ARTICLES[first : first + 10], *ARTICLES[first + 10 : first + 12]][:12]


def api(store: Client, shop: Shop, experiments: list[Experiment], *, broken: bool = False) -> FastAPI:
    """GET /recommendations, POST /events, GET /readyz; `broken`: half of the last variant's exposures are lost."""
    app, waiting = FastAPI(), []

    @app.get("/readyz")
    def ready() -> dict:
        return {"run": 7}

    @app.get("/recommendations/{customer_id}")
    async def recommend(customer_id: str, at: datetime, n: int = 12, simulated: bool = False) -> dict:
        parts = [(e, variant_of(e, customer_id)) for e in experiments if e.runs_at(at)]
        serves = next((v.serves for _, v in parts if v), "full_system")
        articles = shop.own_list(customer_id) if serves == "full_system" else ARTICLES[:12]
        rows = [
            [uuid.uuid4().hex, e.name, v.name, customer_id, at.astimezone(UTC), 7, "", simulated]
            for e, v in parts
            if not (broken and v is e.variants[-1] and int(customer_id, 16) % 2)
        ]
        waiting.extend(rows)
        return {
            "articles": [{"rank": i, "article_id": a} for i, a in enumerate(articles[:n], 1)],
            "experiments": [{"experiment": e.name, "variant": v.name} for e, v in parts],
        }

    @app.post("/events", status_code=202)
    async def take(body: dict = Body()) -> dict:
        rows = [_row(event) for event in body["events"]]
        store.insert("events", rows, column_names=EVENT)
        if waiting:
            store.insert("exposures", waiting, column_names=EXPOSURE)
            waiting.clear()
        return {"accepted": len(rows)}

    return app


def _row(event: dict) -> list:
    at = datetime.fromisoformat(event["at"]).astimezone(UTC)
    told = {**event, "article_id": event["article_id"] or "", "at": at, "request_id": "", "is_simulated": event["simulated"]}
    return [told[name] for name in EVENT]
