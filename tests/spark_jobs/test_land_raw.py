"""Landing a folder of CSV files: what is there afterwards, what is refused, and what survives a failure."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from infra.settings import Settings
from spark_jobs import land_raw
from spark_jobs.landing import ledger
from spark_jobs.landing.errors import (
    DaysAlreadyLandedError,
    InputFileError,
    LandingError,
    PriceTotalError,
    TooManyRejectsError,
)
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import raw

TODAY = date(2020, 9, 22)
LATER = "2020-09-02"


class Warehouse:
    """Lands the folder of a test and reads what is in the raw tables."""

    def __init__(self, settings: Settings, folder: Path):
        self.settings, self.folder, self.lines = settings, folder, []

    def land(self, **options) -> list[land_raw.LandedFile]:
        options = {"today": TODAY, "max_reject_share": 1.0} | options
        return land_raw.land(self.settings, self.folder, progress=self.lines.append, **options)

    def rows(self, table, *names: str) -> list[tuple]:
        """Every row of a table by the metastore's word, landing_id first."""
        catalogue = Catalogue(self.settings)
        found = []
        for values in catalogue.partitions(table.full_name):
            rows = catalogue.read(table.full_name, list(names) or None, **values).to_pylist()
            found += [(int(values["landing_id"]), *row.values()) for row in rows]
        return sorted(found, key=repr)

    def everything(self) -> dict[str, list[tuple]]:
        return {table.name: self.rows(table) for table in raw.TABLES}


@pytest.fixture
def warehouse(fresh_warehouse: Settings, csvs) -> Warehouse:
    """An empty warehouse over the folder of `csvs`."""
    return Warehouse(fresh_warehouse, csvs.folder)


def customer(n: int) -> str:
    return f"{n:064x}"


def article(n: int) -> str:
    return f"{n:010d}"


def test_a_landing_accounts_for_every_row_of_every_file(warehouse: Warehouse, csvs):
    csvs.articles({"n": 1, "prod_name": "old"}, {"n": 1}, {"n": 2})
    csvs.customers({"n": 2}, {"n": 1}, columns=[*(c.name for c in raw.CUSTOMERS.columns), "loyalty"])
    twice = {"t_dat": LATER, "price": "0"}
    csvs.sales(
        {}, twice, twice, {"price": "-1"}, {"article_id": "3", "customer_id": customer(3)}, name="transactions_1.csv.gz"
    )
    csvs.sales({"t_dat": "2020-10-01"}, {"t_dat": "2020-08-31", "customer_id": customer(4)}, name="transactions_2.csv")

    landed = {file.name: file for file in warehouse.land()}

    counts = {name: (f.counts.n_read, f.counts.n_landed, f.counts.n_rejected) for name, f in landed.items()}
    assert counts == {
        "articles.csv": (3, 2, 1),
        "customers.csv": (2, 2, 0),
        "transactions_1.csv.gz": (5, 4, 1),
        "transactions_2.csv": (2, 1, 1),
    }
    landings = warehouse.rows(raw.LANDINGS, "file_name", "rows_read", "rows_landed", "rows_rejected")
    assert sorted(landings) == sorted((1, name, *three) for name, three in counts.items())
    assert warehouse.rows(raw.REJECTED_ROWS, "file_name", "record_number", "reason") == [
        (1, "articles.csv", 1, "listed again later"),
        (1, "transactions_1.csv.gz", 4, "price is negative"),
        (1, "transactions_2.csv", 1, "t_dat is later than today"),
    ]
    days = [(1, date(2020, 8, 31), 1), (1, date(2020, 9, 1), 2), (1, date(2020, 9, 2), 2)]
    assert sorted(warehouse.rows(raw.LANDED_DAYS)) == days
    months = {values["t_month"] for values in Catalogue(warehouse.settings).partitions("raw.transactions")}
    assert months == {"2020-08", "2020-09"}
    # Unknown customers and articles are kept, and get keys like everybody else, in the order of their ids.
    assert warehouse.rows(raw.CUSTOMER_KEYS) == [(1, customer(n), n - 1) for n in (1, 2, 3, 4)]
    assert warehouse.rows(raw.ARTICLE_KEYS) == [(1, article(n), n - 1) for n in (1, 2, 3)]
    assert landed["customers.csv"].notes == "columns left out: loyalty"
    assert landed["transactions_1.csv.gz"].notes == (
        "leading zeros given back to 1 article ids; 2 rows with a price of 0 landed; 1 rejected: price is negative"
    )
    assert landed["transactions_1.csv.gz"].counts.last_day == date(2020, 9, 2)
    assert any(re.fullmatch(r"transactions_1.csv.gz: 5 rows read, 4 good, 1 rejected.*", line) for line in warehouse.lines)


def test_the_same_files_again_change_nothing_and_new_files_add(warehouse: Warehouse, csvs, monkeypatch):
    csvs.snapshots()
    csvs.sales({}, name="transactions_1.csv")
    warehouse.land()
    before = warehouse.everything()

    with monkeypatch.context() as patch:
        patch.setattr(land_raw, "open_ledger", None)  # what is known is said without starting Spark
        again = warehouse.land()
    assert [file.is_new for file in again] == [False] * 3
    assert warehouse.everything() == before
    assert warehouse.lines[-1] == "nothing new to land"

    csvs.sales({"t_dat": LATER, "customer_id": customer(0), "article_id": article(0)}, name="transactions_2.csv")
    csvs.articles({"prod_name": "renamed"})
    assert [(file.name, file.is_new) for file in warehouse.land()] == [
        ("articles.csv", True),
        ("customers.csv", False),
        ("transactions_1.csv", False),
        ("transactions_2.csv", True),
    ]
    assert [(row[0], row[1]) for row in warehouse.rows(raw.TRANSACTIONS)] == [(1, date(2020, 9, 1)), (2, date(2020, 9, 2))]
    assert warehouse.rows(raw.ARTICLES, "prod_name") == [(1, "prod_name 1"), (2, "renamed")]
    # An id that sorts before all others takes the next free key: keys are never renumbered.
    assert warehouse.rows(raw.CUSTOMER_KEYS) == [(1, customer(1), 0), (2, customer(0), 1)]
    assert warehouse.rows(raw.ARTICLE_KEYS) == [(1, article(1), 0), (2, article(0), 1)]


def test_days_already_landed_are_refused_by_name_unless_they_may_be_replaced(warehouse: Warehouse, csvs):
    csvs.snapshots()
    csvs.sales(*({"t_dat": f"2020-09-0{n}"} for n in (1, 2, 3, 5)), name="transactions_1.csv")
    warehouse.land()
    before = warehouse.everything()

    csvs.sales(*({"t_dat": f"2020-09-0{n}", "price": 2} for n in (2, 3, 5, 6)), name="transactions_2.csv")
    with pytest.raises(DaysAlreadyLandedError) as refusal:
        warehouse.land()
    assert "transactions_2.csv" in str(refusal.value)
    assert "(2020-09-02 to 2020-09-03, 2020-09-05)" in str(refusal.value)
    assert warehouse.everything() == before

    warehouse.land(replace_days=True)
    owners = {day: landing_id for landing_id, day, _ in sorted(warehouse.rows(raw.LANDED_DAYS))}
    assert owners == {date(2020, 9, day): owner for day, owner in ((1, 1), (2, 2), (3, 2), (5, 2), (6, 2))}


def test_too_many_rejects_stop_the_landing_and_leave_what_was_there(warehouse: Warehouse, csvs):
    csvs.snapshots()
    csvs.sales({}, name="transactions_1.csv")
    warehouse.land()
    before, files = warehouse.everything(), sorted(warehouse.settings.warehouse_dir.rglob("*.parquet"))

    csvs.sales(*[{"t_dat": LATER}] * 97, {"price": "x"}, {"price": "y"}, {"price": "-1"}, name="transactions_2.csv")
    with pytest.raises(TooManyRejectsError) as refusal:
        warehouse.land(max_reject_share=0.02)
    said = str(refusal.value)
    assert "transactions_2.csv: 3 of 100 rows" in said
    assert "price is missing or not a number: 2; price is negative: 1" in said
    assert warehouse.everything() == before
    assert sorted(warehouse.settings.warehouse_dir.rglob("*.parquet")) == files

    warehouse.land(max_reject_share=0.03)
    assert len(warehouse.rows(raw.TRANSACTIONS)) == 98


def test_two_snapshots_of_the_same_customers_land_and_the_later_one_wins(warehouse: Warehouse, csvs):
    csvs.articles()
    csvs.customers(*({"n": n, "age": 20} for n in (1, 2)), name="customers_2019.csv")
    csvs.customers(*({"n": n, "age": 21} for n in (1, 2, 3)), name="customers_2020.csv")
    csvs.sales({})
    landed = {file.name: file.counts for file in warehouse.land(max_reject_share=0.01)}
    assert (landed["customers_2019.csv"].n_read, landed["customers_2019.csv"].n_rejected) == (2, 2)
    assert warehouse.rows(raw.CUSTOMERS, "age") == [(1, 21)] * 3
    assert {row[1] for row in warehouse.rows(raw.REJECTED_ROWS, "file_name")} == {"customers_2019.csv"}


def test_prices_that_no_sum_could_hold_are_refused_with_those_that_are_there_and_count_once(warehouse: Warehouse, csvs):
    dear = {"price": 500_000_000}
    csvs.snapshots()
    csvs.sales(*[dear] * 9, name="transactions_1.csv")
    csvs.sales(*[dear | {"t_dat": LATER}] * 9, name="transactions_2.csv")
    warehouse.land()
    before = warehouse.everything()

    csvs.sales({"t_dat": "2020-09-03", "price": "0.000000001"}, name="transactions_3.csv")
    with pytest.raises(PriceTotalError, match=r"transactions_3\.csv: .*larger unit"):
        warehouse.land()
    assert warehouse.everything() == before

    # Prices of replaced days no longer count: the same days in a larger unit are the remedy.
    csvs.folder.joinpath("transactions_3.csv").unlink()
    csvs.sales(*[{"price": 500}] * 9, name="transactions_4.csv")
    warehouse.land(replace_days=True)
    csvs.sales({"t_dat": "2020-09-03", "price": "0.000000001"}, name="transactions_3.csv")
    warehouse.land()
    assert len(warehouse.rows(raw.TRANSACTIONS)) == 28


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it, nothing tidies up after it."""


def test_a_landing_that_fails_in_its_commit_is_undone_at_once(warehouse: Warehouse, csvs, monkeypatch):
    csvs.snapshots()
    csvs.sales({})
    monkeypatch.setattr(Catalogue, "sql", _killed_at(Catalogue.sql, "alter table raw.landings add"))
    with pytest.raises(Killed):
        warehouse.land()
    Catalogue(warehouse.settings).refresh()
    assert not any(warehouse.everything().values())
    assert not list(warehouse.settings.warehouse_dir.rglob("*.parquet"))


def test_a_landing_killed_before_its_last_statement_did_not_happen(warehouse: Warehouse, csvs, monkeypatch):
    csvs.snapshots()
    csvs.sales({}, name="transactions_1.csv")
    warehouse.land()
    before = warehouse.everything()
    csvs.sales({"t_dat": LATER, "customer_id": customer(9)}, {"t_dat": LATER, "price": "x"}, name="transactions_2.csv")

    with monkeypatch.context() as killing:
        killing.setattr(ledger.Ledger, "undo", lambda self: None)
        killing.setattr(Catalogue, "sql", _killed_at(Catalogue.sql, "alter table raw.landings add"))
        with pytest.raises(Killed):
            warehouse.land()
    Catalogue(warehouse.settings).refresh()
    assert warehouse.everything() != before, "the kill was meant to come after other tables had their partitions"

    csvs.folder.joinpath("transactions_2.csv").rename(csvs.folder / "other.csv")
    warehouse.land()
    assert warehouse.everything() == before

    csvs.folder.joinpath("other.csv").rename(csvs.folder / "transactions_2.csv")
    warehouse.land()
    assert [row[0] for row in warehouse.rows(raw.TRANSACTIONS)] == [1, 2]
    assert warehouse.rows(raw.CUSTOMER_KEYS)[-1] == (2, customer(9), 1)


def _killed_at(sql: Callable, beginning: str) -> Callable:
    def killed(self: Catalogue, statement: str) -> list:
        if statement.startswith(beginning):
            raise Killed
        return sql(self, statement)

    return killed


def test_a_first_landing_needs_all_three_kinds_and_a_bad_file_stops_before_spark_reads(warehouse: Warehouse, csvs):
    csvs.articles()
    csvs.sales({})
    with pytest.raises(InputFileError, match=r"no customers\*\.csv"):
        warehouse.land()
    csvs.write("customers.csv", ["x"], columns=["customer_id", "age"])
    with pytest.raises(LandingError, match=r"customers\.csv lacks the columns fn, active, "):
        warehouse.land()
    assert warehouse.rows(raw.LANDINGS) == []


def test_a_quote_that_is_never_closed_stops_the_landing_however_many_rows_may_be_rejected(warehouse: Warehouse, csvs):
    csvs.customers()
    csvs.sales({})
    for column in ("detail_desc", "prod_name"):
        csvs.articles({"n": 1}, {"n": 2, column: '"Soft knit'}, *({"n": n} for n in range(3, 9)))
        with pytest.raises(InputFileError, match=r"articles\.csv, record 2: a quote is not closed"):
            warehouse.land(max_reject_share=1.0)


@pytest.mark.real_log
def test_the_real_log_lands_whole(warehouse: Warehouse, real_log: Path):
    warehouse.folder = real_log
    landed = {file.kind: file.counts.n_landed for file in warehouse.land(max_reject_share=0.0, today=None)}
    assert landed == {"articles": 3_665, "customers": 4_338, "transactions": 397_884}
    catalogue = Catalogue(warehouse.settings)
    assert len(catalogue.partitions("raw.transactions")) == 13
    days = catalogue.read("raw.transactions", ["t_dat"], t_month="2011-12")["t_dat"].to_pylist()
    assert days == sorted(days)
