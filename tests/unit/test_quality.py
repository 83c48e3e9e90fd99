"""Quality checks on small tables that are right, and on ones with one planted fault each; no Spark."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.quality import QualityError, check_landed, check_recommendations, suites
from warehouse.quality.landed import slices
from warehouse.schemas import Table, raw, recs

AS_OF = date(2020, 9, 23)


class Tables:
    """Parquet files with the catalogue's snapshot beside them: tables without a metastore."""

    def __init__(self, settings: Settings):
        self.settings, self.snapshot = settings, {}

    def put(self, name: str, rows: pa.Table, **values: object) -> None:
        folder = self.settings.warehouse_dir.joinpath(name, *(f"{k}={v}" for k, v in values.items()))
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, folder / "part-00000.parquet")
        entry = self.snapshot.setdefault(name, {"location": "", "partitioned_by": list(values), "partitions": []})
        spec = {"values": {k: str(v) for k, v in values.items()}, "location": str(folder)}
        entry["partitions"] = [p for p in entry["partitions"] if p != spec] + [spec]
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        (self.settings.state_dir / "catalogue.json").write_text(json.dumps(self.snapshot))

    def put_rows(self, table: Table, rows: list[dict], **values: object) -> None:
        self.put(table.full_name, pa.Table.from_pylist(rows, schema=table.arrow_schema), **values)


@pytest.fixture
def tables(settings: Settings, tmp_path: Path) -> Tables:
    """Tables of a state folder of this test alone."""
    return Tables(settings.model_copy(update={"home": tmp_path}))


def customer(n: int) -> str:
    return f"{n:064x}"


def article(n: int) -> str:
    return f"{n:010d}"


def sale(n: int, **fields: object) -> dict:
    known = {"t_dat": date(2020, 9, n), "price": Decimal("0.05"), "sales_channel_id": 2}
    return known | {"customer_id": customer(n), "article_id": article(n)} | fields


@pytest.fixture
def landed(tables: Tables) -> Tables:
    """A landing of three articles, three customers, three sales and one rejected row, all of it right."""
    described = {c.name: "x" for c in raw.ARTICLES.columns if c.type == "string"}
    ids = range(1, 4)
    tables.put_rows(raw.TRANSACTIONS, [sale(n) for n in ids], landing_id=1, t_month="2020-09")
    tables.put_rows(raw.ARTICLES, [described | {"article_id": article(n)} for n in ids], landing_id=1)
    tables.put_rows(raw.CUSTOMERS, [{"customer_id": customer(n), "age": 30, "fn": 1} for n in ids], landing_id=1)
    tables.put_rows(raw.CUSTOMER_KEYS, [{"customer_id": customer(n), "customer_key": n - 1} for n in ids], landing_id=1)
    tables.put_rows(raw.ARTICLE_KEYS, [{"article_id": article(n), "article_key": n - 1} for n in ids], landing_id=1)
    tables.put_rows(raw.REJECTED_ROWS, [{"record_number": 4}], landing_id=1)
    counts = {"articles": (3, 3, 0), "customers": (3, 3, 0), "transactions": (4, 3, 1)}
    names = ("rows_read", "rows_landed", "rows_rejected")
    files = [{"file_kind": k, "landed_at": datetime.now(UTC), **dict(zip(names, n, strict=True))} for k, n in counts.items()]
    tables.put_rows(raw.LANDINGS, files, landing_id=1)
    return tables


def test_right_tables_pass_and_the_report_is_there_to_read(landed: Tables):
    lines: list[str] = []
    report = check_landed(landed.settings, lines.append)
    assert report.passed
    assert not report.warnings
    assert len(report.checks) > 30
    page = report.page.read_text()
    assert "All checks that must hold do." in page
    assert "rows read = landed + rejected, per landing and kind" in page
    assert json.loads(report.page.with_suffix(".json").read_text())["passed"] is True
    assert str(report.page) in lines[-1]


FAULTS: dict[str, Callable[[Tables], None]] = {
    "'article_id has 10 digits' does not hold (1 of 3 rows, e.g. 108775015)": lambda t: t.put_rows(
        raw.TRANSACTIONS, [sale(1), sale(2), sale(3, article_id="108775015")], landing_id=1, t_month="2020-09"
    ),
    "'price is 0 or more' does not hold (1 of 3 rows, e.g. -1.0)": lambda t: t.put_rows(
        raw.TRANSACTIONS, [sale(1), sale(2), sale(3, price=Decimal(-1))], landing_id=1, t_month="2020-09"
    ),
    "the last day of a partition lies": lambda t: t.put_rows(
        raw.TRANSACTIONS, [sale(1), sale(2), sale(3, t_dat=date(2020, 10, 1))], landing_id=1, t_month="2020-09"
    ),
    "rows landed = rows in the table's files": lambda t: t.put_rows(
        raw.TRANSACTIONS, [sale(1), sale(2)], landing_id=1, t_month="2020-09"
    ),
    "rows rejected = rows in raw.rejected_rows": lambda t: t.put_rows(raw.REJECTED_ROWS, [], landing_id=1),
    "'no customer_id twice in a snapshot'": lambda t: t.put_rows(
        raw.CUSTOMERS, [{"customer_id": customer(n)} for n in (1, 2, 2)], landing_id=1
    ),
    "'keys begin at 0 and have no gaps but forgotten ones'": lambda t: t.put_rows(
        raw.ARTICLE_KEYS, [{"article_id": article(n), "article_key": n * n - 1} for n in (1, 2, 3)], landing_id=1
    ),
    "'an id has one key'": lambda t: t.put_rows(
        raw.CUSTOMER_KEYS, [{"customer_id": customer(n // 2), "customer_key": n - 1} for n in (1, 2, 3)], landing_id=1
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_in_a_landed_table_is_found_and_named(landed: Tables, fault: str):
    FAULTS[fault](landed)
    with pytest.raises(QualityError) as failure:
        check_landed(landed.settings)
    assert fault in str(failure.value)
    assert "quality-landed.html" in str(failure.value)


def test_a_warning_is_reported_and_stops_nothing(landed: Tables):
    landed.put_rows(raw.CUSTOMERS, [{"customer_id": customer(n), "age": 5} for n in (1, 2, 3)], landing_id=1)
    lines: list[str] = []
    report = check_landed(landed.settings, lines.append)
    assert [check.says for check in report.warnings] == ["99 % of ages lie in 10 to 110"]
    assert "warning: raw.customers: 99 % of ages" in lines[0]


def test_a_fault_in_any_slice_of_a_large_table_is_found(landed: Tables, monkeypatch):
    monkeypatch.setattr("warehouse.quality.landed.SLICE_ROWS", 2)
    months = {"2020-08": [sale(1), sale(2)], "2020-09": [sale(3, price=Decimal(-1))]}
    for month, rows in months.items():
        landed.put_rows(raw.TRANSACTIONS, rows, landing_id=1, t_month=month)
    assert [len(frame) for frame in slices(Catalogue(landed.settings), raw.TRANSACTIONS, ["price"])] == [2, 1]
    with pytest.raises(QualityError, match="price is 0 or more"):
        check_landed(landed.settings)


def recommendation(n: int, rank: int, **fields: object) -> dict:
    known = {"score": 1.0, "source": "popular", "sources": ["popular"], "reason": "Popular this week"}
    ids = {"customer_id": customer(n), "customer_key": n, "article_id": article(rank), "article_key": rank}
    return known | ids | {"rank": rank} | fields


def lists(*replaced: dict) -> list[dict]:
    """Two customers with 14 articles each; a replaced row takes the place of the one of its customer and rank."""
    rows = {(n, rank): recommendation(n, rank) for n in (1, 2) for rank in range(1, 15)}
    return list((rows | {(r["customer_key"], r["rank"]): r for r in replaced}).values())


@pytest.fixture
def recommended(tables: Tables) -> Tables:
    """Recommendations of two customers, all of it right."""
    keys, people = range(1, 16), (1, 2)
    dimension = {"customer_key": pa.array(people, pa.int32()), "customer_id": [customer(n) for n in people]}
    tables.put("marts.dim_customers", pa.table(dimension))
    dimension = {"article_key": pa.array(keys, pa.int32()), "article_id": [article(n) for n in keys]}
    tables.put("marts.dim_articles", pa.table(dimension))
    days = [AS_OF if n == 15 else date(2020, 9, 22) for n in keys]
    tables.put(
        "marts.fct_transactions", pa.table({"article_key": pa.array(keys, pa.int32()), "t_dat": days}), t_month="2020-09"
    )
    tables.put_rows(recs.RECOMMENDATIONS, lists(), as_of_date=AS_OF)
    return tables


def test_right_recommendations_pass(recommended: Tables):
    report = check_recommendations(recommended.settings, AS_OF)
    assert report.passed
    assert report.page.name == "quality-recommendations-2020-09-23.html"


WRONG_LISTS: dict[str, list[dict]] = {
    "12 ranks": [row for row in lists() if (row["customer_key"], row["rank"]) != (1, 12)],
    "ranks begin at 1": [row | {"rank": row["rank"] - 1} for row in lists()],
    "no article twice": lists(recommendation(1, 3, article_key=2, article_id=article(2))),
    "no rank twice": [row | {"rank": 2} if row["rank"] == 3 else row for row in lists()],
    "every customer has a list": [row for row in lists() if row["customer_key"] == 1],
    "every article is in marts.dim_articles": lists(recommendation(1, 3, article_key=99)),
    "every article was sold before 2020-09-23": lists(recommendation(1, 3, article_key=15, article_id=article(15))),
    "every row has its ids, score, source and reason": lists(recommendation(2, 12, reason=None)),
    "every customer_id belongs to its customer_key": lists(recommendation(2, 1, customer_id=customer(1))),
    "every article_id belongs to its article_key": lists(recommendation(2, 5, article_id=article(6))),
}


@pytest.mark.parametrize("rule", WRONG_LISTS)
def test_a_planted_fault_in_the_recommendations_is_found_and_named(recommended: Tables, rule: str):
    recommended.put_rows(recs.RECOMMENDATIONS, WRONG_LISTS[rule], as_of_date=AS_OF)
    with pytest.raises(QualityError):
        check_recommendations(recommended.settings, AS_OF)
    report = json.loads((recommended.settings.reports_dir / f"quality-recommendations-{AS_OF}.json").read_text())
    assert rule in {check["says"] for check in report["checks"] if not check["holds"]}


def test_a_check_that_breaks_down_fails_and_says_so():
    import pandas as pd

    rule = suites.expectation("ExpectColumnMaxToBeBetween", "there is a column", column="absent", max_value=1)
    (check,) = suites.run([suites.Suite("x", [pd.DataFrame({"a": [1]})], [rule])])
    assert not check.holds
    assert "the check itself failed" in check.found
