"""Which months a landing may change: what it brought, and everything where it brought a snapshot too."""

from datetime import UTC, date, datetime

import pyarrow as pa

from spark_jobs.build_features import ALL_MONTHS, LAST_MONTH, landing_log
from warehouse.schemas.raw import FORGOTTEN_CUSTOMERS

SCHEMA = FORGOTTEN_CUSTOMERS.arrow_schema

KINDS = {
    1: ["articles", "customers", "transactions"],
    2: ["transactions"],
    3: ["customers", "transactions"],
    4: ["transactions"],
}
DAYS = {1: [date(2020, 1, 5)], 2: [date(2020, 3, 9), date(2020, 2, 1)], 3: [date(2020, 4, 1)], 5: [date(2020, 1, 1)]}


class Landed:
    """The two tables, as a catalogue reads them; landing 4 brought no day, landing 5 was killed before its commit."""

    tables = {"raw.landings": ("file_kind", KINDS), "raw.landed_days": ("t_dat", DAYS)}  # noqa: RUF012

    def partitions(self, table):
        return [{"landing_id": str(landing)} for landing in self.tables.get(table, ("", ()))[1]]

    def read(self, table, columns, landing_id):
        name, rows = self.tables[table]
        assert columns == [name]
        return pa.table({name: rows[int(landing_id)]})


def test_a_snapshot_beside_purchases_touches_every_month():
    log = landing_log(Landed())
    assert log["through"] == 4
    assert log["first_months"] == {"1": ALL_MONTHS, "2": "2020-02", "3": ALL_MONTHS, "4": LAST_MONTH}


class SomebodyForgotten(Landed):
    """The same with a list of forgotten customers, of whom one had rows."""

    def __init__(self, *had_rows: bool):
        names = [f"{n:064x}" for n in range(len(had_rows))]
        self.forgotten = pa.table([names, list(had_rows), [datetime(2020, 5, 1, tzinfo=UTC)] * len(names)], SCHEMA.names)

    def partitions(self, table):
        return [{"forgotten_year": "2020"}] if table == FORGOTTEN_CUSTOMERS.full_name else super().partitions(table)

    def read(self, table, columns=None, **where):
        return self.forgotten if table == FORGOTTEN_CUSTOMERS.full_name else super().read(table, columns, **where)


def test_every_month_is_due_again_once_a_customer_with_rows_was_forgotten():
    plain = landing_log(Landed())
    assert landing_log(SomebodyForgotten(False)) == plain
    once, twice = landing_log(SomebodyForgotten(True, False)), landing_log(SomebodyForgotten(True, True))
    assert len({plain["code"], once["code"], twice["code"]}) == 3
    assert once == plain | {"code": once["code"]}
    assert " " not in once["code"]  # a table notes it behind a blank, in its properties
