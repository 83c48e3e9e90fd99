"""Which months a landing may change: what it brought, and everything where it brought a snapshot too."""

from datetime import date

import pyarrow as pa

from spark_jobs.build_features import ALL_MONTHS, LAST_MONTH, landing_log

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
