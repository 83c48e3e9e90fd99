"""What the API took is a Hive table too: each row once, a day whole, and only the days that changed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.landed_events import land_events
from warehouse.serving.store import open_store

EVENTS = ["event_id", "kind", "customer_id", "article_id", "value", "at", "session_id", "request_id", "is_simulated"]
EXPOSURES = ["exposure_id", "experiment", "variant", "customer_id", "at", "run", "request_id", "is_simulated"]


def at(day: int) -> datetime:
    return datetime(2020, 9, day, 23, 59, 59, 125_000, tzinfo=UTC)


def an_event(i: int, day: int) -> list:
    return [f"e{i}", "purchase", "a" * 64, "0108775015", Decimal("0.0508"), at(day), "", "r1", False]


@pytest.fixture
def store(fresh_warehouse: Settings):
    with open_store(fresh_warehouse) as client:
        for table in ("events", "exposures"):
            client.command(f"truncate table {table}")
        yield client


def test_events_and_exposures_land_once_by_day_and_again_only_where_they_changed(fresh_warehouse, spark, store):
    store.insert("events", [an_event(1, 1), an_event(1, 1), an_event(2, 2)], column_names=EVENTS)
    store.insert("exposures", [["x1", "lists", "full", "b" * 64, at(2), 7, "r2", True]], column_names=EXPOSURES)
    catalogue = Catalogue(fresh_warehouse)

    landed = land_events(fresh_warehouse, catalogue, store)
    assert [(day.event_date, day.rows) for day in landed] == [(date(2020, 9, 1), 1), (date(2020, 9, 2), 2)]
    found = spark.sql("select * from raw.events order by event_id").collect()
    assert [(r.event_id, r.kind, r.article_id, r.value, str(r.event_date)) for r in found] == [
        ("e1", "purchase", "0108775015", Decimal("0.0508"), "2020-09-01"),
        ("e2", "purchase", "0108775015", Decimal("0.0508"), "2020-09-02"),
        ("x1", "exposure", None, Decimal("0.0000"), "2020-09-02"),
    ]
    assert (found[2].experiment, found[2].variant, found[2].run, found[2].is_simulated) == ("lists", "full", 7, True)
    assert spark.sql("select distinct date_format(at, 'HH:mm:ss.SSS') from raw.events").collect() == [("23:59:59.125",)]

    assert land_events(fresh_warehouse, catalogue, store) == []
    store.insert("events", [an_event(3, 2)], column_names=EVENTS)
    assert [(day.event_date, day.rows) for day in land_events(fresh_warehouse, catalogue, store)] == [(date(2020, 9, 2), 3)]
