"""Landed rows without a forgotten customer: accounts that add up, keys that stay, and no way back in."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.settings import Settings
from spark_jobs import land_raw
from warehouse import landings
from warehouse.forgetting import store, tables
from warehouse.forgetting.forget import REPLACED, STALE, Forgotten, forget, proof_file, seek
from warehouse.forgetting.registry import hashes, sha256_of
from warehouse.hive.catalogue import Catalogue
from warehouse.quality.landed import suites
from warehouse.quality.suites import run
from warehouse.schemas import raw, recs
from warehouse.serving.store import open_store

TODAY = date(2020, 9, 22)


def customer(n: int) -> str:
    return f"{n:064x}"


def article(n: int) -> str:
    return f"{n:010d}"


GONE, OTHER, STUB, LATER = map(customer, (10, 11, 12, 13))
"""Ids with a letter in them; no file of customers names the stub."""


class Shop:
    """A landed log of three customers, and lists for two of them."""

    def __init__(self, settings: Settings, csvs):
        self.settings, self.csvs = settings, csvs
        csvs.articles({"n": 1}, {"n": 2})
        csvs.customers({"n": 10}, {"n": 11}, {"n": 10, "age": "50"})
        month = {"t_dat": "2020-08-31", "customer_id": GONE}
        faulty = {"customer_id": GONE.upper()}  # 64 digits, and not in lower case: rejected, with the id in its text
        csvs.sales({"customer_id": GONE}, {"customer_id": OTHER}, {"customer_id": STUB}, month, faulty)
        self.land()
        rows = [(one, key, article(1), 0, 1, 1.0, "als", ["als"], "Bought before") for key, one in enumerate((GONE, OTHER))]
        lists = pa.Table.from_pylist([dict(zip(recs.RECOMMENDATIONS.column_names, row, strict=True)) for row in rows])
        self.catalogue.write(recs.RECOMMENDATIONS, {"as_of_date": TODAY}, [lists.cast(recs.RECOMMENDATIONS.arrow_schema)])

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.settings)

    def land(self, **how) -> list:
        return land_raw.land(self.settings, self.csvs.folder, **({"today": TODAY, "max_reject_share": 1.0} | how))

    def forget(self, *ids: str) -> Forgotten:
        with open_store(self.settings) as client:
            return forget(self.settings, client, ids)

    def rows(self, table, *names: str) -> list[tuple]:
        return [tuple(row.values()) for row in self.catalogue.read(table.full_name, list(names)).to_pylist()]

    def faults(self) -> list[str]:
        return [
            f"{check.subject}: {check.says}" for check in run(suites(self.settings)) if check.must_hold and not check.holds
        ]


@pytest.fixture
def shop(fresh_warehouse: Settings, csvs) -> Shop:
    with open_store(fresh_warehouse) as client:
        for table in store.tables_of_customers(client):  # what other tests of this process have left
            client.command(f"truncate table {table}")
    return Shop(fresh_warehouse, csvs)


def everywhere(settings: Settings) -> list[str]:
    """Files of the whole warehouse that hold the customer, referred to or not."""
    found = list(settings.warehouse_dir.rglob("*.parquet"))
    return [str(file) for file in found if GONE in str(pq.read_table(file).to_pydict()).lower()]


def test_a_forgotten_customer_is_nowhere_and_every_account_adds_up(shop: Shop, spark):
    before = landings.seen_before(shop.catalogue, TODAY)
    assert shop.faults() == []
    assert len(everywhere(shop.settings)) == 6
    with open_store(shop.settings) as client:
        sought = seek(shop.settings, client, [GONE])
    wanted = {"raw.customer_keys": 1, "raw.customers": 1, "raw.rejected_rows": 2, "raw.transactions": 2}
    assert {name: n for name, n in sought.items() if n} == wanted | {"recs.recommendations": 1}

    done = shop.forget(GONE)

    assert done.left == []
    removed = {place.where: place.removed for place in done.places}
    assert {name: removed[name] for name in wanted} == wanted
    assert removed[STALE] >= 6 and REPLACED in removed
    assert everywhere(shop.settings) == []
    proof = json.loads(proof_file(shop.settings, done).read_text())
    assert (proof["customer_sha256"], proof["is_complete"]) == ([sha256_of(GONE)], True)
    assert GONE not in json.dumps(proof)

    assert shop.faults() == []
    told = shop.rows(raw.LANDINGS, "file_name", "rows_read", "rows_landed", "rows_rejected")
    assert sorted(told) == [("articles.csv", 2, 2, 0), ("customers.csv", 3, 1, 2), ("transactions_train.csv", 5, 2, 3)]
    assert shop.rows(raw.LANDED_DAYS, "t_dat", "n_rows") == [
        (date(2020, 8, 31), 0),  # nobody else bought on it: it is landed all the same
        (date(2020, 9, 1), 2),
    ]
    reasons = [(reason, text) for reason, text in shop.rows(raw.REJECTED_ROWS, "reason", "row_text")]
    assert all(text is None for _, text in reasons)
    assert sorted(reason for reason, _ in reasons) == [
        "customer_id is not 64 hexadecimal digits in lower case",
        *["forgotten customer"] * 3,
        "listed again later",
    ]
    assert shop.rows(raw.CUSTOMER_KEYS, "customer_id", "customer_key") == [(OTHER, 1), (STUB, 2)]
    # Spark reads what Arrow wrote; and whatever was learned from the rows is due again.
    assert spark.sql("select count(*), sum(price) from raw.transactions").first()[0] == 2
    assert landings.seen_before(shop.catalogue, TODAY)[:-1] == before

    again = shop.forget(GONE)
    assert again.left == [] and sum(place.removed for place in again.places if place.where.startswith("raw.")) == 0
    assert {
        p["where"]: p["removed"] for p in json.loads(proof_file(shop.settings, again).read_text())["places"]
    }.items() >= (wanted.items())


def test_no_file_brings_a_forgotten_customer_back(shop: Shop):
    shop.forget(GONE)
    assert [file.is_new for file in shop.land()] == [False] * 3

    # An export of the same days anew, and one with a row that has a field too many.
    shop.csvs.customers({"n": 10}, {"n": 11}, {"n": 13})
    shop.csvs.sales({"customer_id": GONE}, {"customer_id": OTHER}, {"customer_id": LATER}, f"2020-09-01,x,{GONE},1,0.05,2,3")
    landed = {file.name: file for file in shop.land(replace_days=True, max_reject_share=0.25)}

    sales = landed["transactions_train.csv"]
    assert (sales.counts.n_read, sales.counts.n_landed, sales.counts.n_rejected) == (4, 2, 2)
    assert "1 rejected: forgotten customer" in sales.notes
    assert everywhere(shop.settings) == []
    assert shop.faults() == []
    # The key of who came after is nobody's: not that of the count.
    assert shop.rows(raw.CUSTOMER_KEYS, "customer_id", "customer_key")[-1] == (LATER, 3)
    assert shop.forget(GONE).left == []


def test_a_command_that_was_killed_goes_on_where_it_was(shop: Shop, monkeypatch):
    switch, done = tables._switch, []

    def dies(catalogue, part, folder, is_empty):
        switch(catalogue, part, folder, is_empty)
        done.append(part.table)
        if len(done) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tables, "_switch", dies)
        with pytest.raises(KeyboardInterrupt):
            shop.forget(GONE)
    assert everywhere(shop.settings)
    assert shop.forget(GONE).left == []
    assert everywhere(shop.settings) == []
    assert shop.faults() == []


def test_who_never_was_here_is_remembered_and_nothing_is_due(shop: Shop):
    before = landings.seen_before(shop.catalogue, TODAY)
    assert shop.forget(customer(77)).left == []
    assert hashes(shop.catalogue) == [sha256_of(customer(77))]
    assert landings.seen_before(shop.catalogue, TODAY) == before
