"""A run as a file, and back to the bytes it was learned from."""

import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from small_warehouse import AS_OF, customer

from warehouse.serving import export as export_module
from warehouse.serving.errors import NothingPublishedError
from warehouse.serving.export import ExportError, export
from warehouse.serving.lookup import lookup


@pytest.fixture(params=["parquet", "csv"])
def kind(request) -> str:
    return request.param


def read(file):
    return (pq.read_table(file) if file.suffix == ".parquet" else pcsv.read_csv(file)).to_pylist()


def test_a_file_has_a_row_per_customer_and_place_as_lookup_shows_them(store, publish_it, tmp_path, kind, monkeypatch):
    monkeypatch.setattr(export_module, "CUSTOMERS_PER_READ", 2)
    publish_it()
    out = tmp_path / f"lists.{kind}"
    assert export(store, out, n=3) == (1, 15)
    rows = read(out)
    assert [(r["customer_id"], r["rank"]) for r in rows] == sorted(
        (customer(i), rank) for i in range(5) for rank in (1, 2, 3)
    )
    mine = [r for r in rows if r["customer_id"] == customer(0)]
    shown = lookup(store, customer(0), 3).articles
    assert [(str(r["article_id"]).zfill(10), r["reason"], r["prod_name"]) for r in mine] == [
        (a.article_id, a.reason, a.name.prod_name) for a in shown
    ]
    assert {(r["run"], r["as_of_date"]) for r in rows} == {(1, AS_OF)}


def test_an_earlier_run_can_be_exported_and_an_unknown_one_is_told(store, warehouse, publish_it, tmp_path):
    with pytest.raises(NothingPublishedError):
        export(store, tmp_path / "a.csv")
    publish_it()
    warehouse.fill("b")
    publish_it()
    assert export(store, tmp_path / "a.csv", run=1)[0] == 1
    assert "reason a" in (tmp_path / "a.csv").read_text()
    with pytest.raises(ExportError, match="choose one of: 1, 2"):
        export(store, tmp_path / "a.csv", run=9)
    with pytest.raises(ExportError, match="must end in"):
        export(store, tmp_path / "a.xlsx")


def test_an_export_that_fails_leaves_the_file_that_was_there(store, publish_it, tmp_path, monkeypatch):
    publish_it()
    out = tmp_path / "lists.csv"
    out.write_text("before")
    monkeypatch.setattr(export_module, "_writer", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(store, out)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["lists.csv"] and out.read_text() == "before"


def test_lineage_is_one_query(store, warehouse, publish_it):
    publish_it(lineage=[("articles.csv", "aa"), ("transactions_train.csv", "bb")])
    warehouse.fill("b")
    publish_it()
    query = "select landed_file, landed_sha256, model_run, as_of_date, code_version, is_served from lineage where run = 1"
    assert store.query(query).result_rows == [
        ("articles.csv", "aa", "2020-09-23-model", AS_OF, "0.1.0+abc", False),
        ("transactions_train.csv", "bb", "2020-09-23-model", AS_OF, "0.1.0+abc", False),
    ]
    assert store.query("select distinct run from lineage where is_served").result_rows == [(2,)]
