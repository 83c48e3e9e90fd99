"""Exposures and events from ClickHouse into raw.events, where Spark and Trino read them: changed days, each whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.forgetting.registry import hashes
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import raw
from warehouse.stamps import Stamps

CUSTOMERS_PARTS = 16
"""Parts of a day that are in memory one after another; a day of ten million events has 600,000 in each."""

_IS_KNOWN = "(empty({forgotten:Array(String)}) or lower(hex(SHA256(customer_id))) not in {forgotten:Array(String)})"
"""A customer who was forgotten and is seen again by the API does not land again."""
_DAYS = f"""
select day, count() as n, sum(cityHash64(id)) as hash
from (
    select toDate(at) as day, event_id as id from events_once where {_IS_KNOWN}
    union all
    select toDate(at), exposure_id from exposures_once where {_IS_KNOWN}
)
group by day
order by day
"""
_OF_DAY = """
select event_id, toString(kind) as kind, customer_id, nullIf(article_id, '') as article_id, value,
    at, nullIf(session_id, '') as session_id, request_id,
    cast(null, 'Nullable(String)') as experiment, cast(null, 'Nullable(String)') as variant,
    cast(null, 'Nullable(Int32)') as run, is_simulated
from events_once
where toDate(at) = {day:Date} and cityHash64(customer_id) % {parts:UInt32} = {part:UInt32} and is_known
order by customer_id, at, event_id
""".replace("is_known", _IS_KNOWN)
_EXPOSURES_OF_DAY = """
select exposure_id as event_id, 'exposure' as kind, customer_id, cast(null, 'Nullable(String)') as article_id,
    toDecimal64(0, 4) as value, at, cast(null, 'Nullable(String)') as session_id, request_id,
    toString(experiment) as experiment, toString(variant) as variant, toInt32(run) as run, is_simulated
from exposures_once
where toDate(at) = {day:Date} and cityHash64(customer_id) % {parts:UInt32} = {part:UInt32} and is_known
order by customer_id, at, event_id
""".replace("is_known", _IS_KNOWN)


@dataclass(frozen=True)
class LandedDay:
    """One day that was written."""

    event_date: date
    rows: int


def land_events(
    settings: Settings, catalogue: Catalogue, client: Client, progress: Callable[[str], None] = lambda _: None
) -> list[LandedDay]:
    """Write the days whose events are not in raw.events as they are in the store; returns those, oldest first.

    A day that ClickHouse no longer has stays as it landed. The caller holds the pipeline's lock.
    """
    stamps, landed, forgotten = Stamps(settings), [], {"forgotten": hashes(catalogue)}
    known = {values["event_date"] for values in catalogue.partitions(raw.EVENTS.full_name)}
    for day, n, content in client.query(_DAYS, parameters=forgotten).result_rows:
        step, parts = f"events:{day}", {"rows": n, "content": str(content)}
        if str(day) in known and not stamps.changed(step, parts):
            continue
        rows = catalogue.write(raw.EVENTS, {"event_date": day}, _rows(client, {"day": day, **forgotten}))
        stamps.set(step, parts)
        landed.append(LandedDay(day, rows))
        progress(f"raw.events of {day}: {rows:,} rows")
    return landed


def _rows(client: Client, of: dict[str, object]) -> Iterator[pa.Table]:
    schema = raw.EVENTS.arrow_schema
    yield schema.empty_table()
    for statement in (_OF_DAY, _EXPOSURES_OF_DAY):
        for part in range(CUSTOMERS_PARTS):
            given = {**of, "parts": CUSTOMERS_PARTS, "part": part}
            rows = client.query_arrow(statement, parameters=given, use_strings=True)
            yield rows.select(schema.names).cast(schema)
