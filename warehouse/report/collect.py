"""Small facts of the warehouse brought into the store, where the views of the report read them.

What has landed, how past weeks were judged, and how many customers moved between RFM segments. A publication and a report
bring what has changed; doing it again changes nothing. Nothing about one customer is among it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.landings import landings

RFM = "marts.customer_rfm"
RFM_DATES = 12
"""Newest as-of dates whose segments are counted: a quarter of weeks."""

_LANDED = ("landing_id", "file_name", "file_kind", "sha256", "rows_landed", "first_day", "last_day", "look_alike")
_JUDGED = ("system", "kind", "buyers", "map_at_12", "map_low", "map_high", "recall_at_12", "hit_rate_at_12")
_SEGMENTS = ("active", "dormant", "cold")
_NOT_YET = ""


def collect(client: Client, settings: Settings, catalogue: Catalogue) -> None:
    """Bring all three; works on an empty warehouse too."""
    now = datetime.now(UTC)
    _collect_landings(client, catalogue, now)
    _collect_judged(client, settings.reports_dir)
    _collect_rfm(client, catalogue, now)


def _insert(client: Client, table: str, rows: list[dict]) -> None:
    if rows:
        client.insert(table, [list(row.values()) for row in rows], column_names=list(rows[0]))


def _collect_landings(client: Client, catalogue: Catalogue, now: datetime) -> None:
    """The warehouse's list, where it is another than the store's; a warehouse that was cleared clears it."""
    files = [{name: getattr(file, name) for name in _LANDED} for file in landings(catalogue)]
    query = f"select {', '.join(_LANDED)} from landed_files order by landing_id, file_kind, file_name"
    if client.query(query).result_rows == [tuple(file.values()) for file in files]:
        return
    if not files:
        client.command("truncate table landings")
    _insert(client, "landings", [{"taken_at": now, **file} for file in files])


def _collect_judged(client: Client, folder: Path) -> None:
    """The weeks of the evaluations' files that the store does not have yet."""
    known = {(str(day), at.replace(tzinfo=UTC)) for day, at in client.query(_EVALUATIONS).result_rows}
    for file in sorted(folder.glob("evaluation-*w.json")):
        as_of_date = file.stem.removeprefix("evaluation-")[:10]
        # The store keeps milliseconds.
        judged_at = datetime.fromtimestamp(file.stat().st_mtime_ns // 1_000_000 / 1000, UTC)
        if (as_of_date, judged_at) not in known:
            told = {"judged_at": judged_at, "as_of_date": date.fromisoformat(as_of_date)}
            rows = json.loads(file.read_text())["rows"]
            _insert(client, "judged_weeks", [told | one for row in rows for one in _by_segment(row)])


_EVALUATIONS = "select distinct as_of_date, judged_at from judged_weeks"


def _by_segment(row: dict) -> Iterator[dict]:
    """Rows of the table from one of the evaluation's, which has the segments side by side; none of the pooled weeks."""
    if row["week"] == "pooled" or row["map_at_12"] is None:
        return
    whole = {name: row.get(name) for name in _JUDGED}
    yield {"week": date.fromisoformat(row["week"]), "segment": "all", **whole}
    for segment in _SEGMENTS:
        if (value := row.get(f"map_{segment}_at_12")) is not None:
            part = {"buyers": row[f"buyers_{segment}"], "map_at_12": value}
            rest = dict.fromkeys(_JUDGED[4:])
            yield {"week": date.fromisoformat(row["week"]), "segment": segment, **whole, **rest, **part}


def _collect_rfm(client: Client, catalogue: Catalogue, now: datetime) -> None:
    """Counts of the dates whose mart, or the one it is compared with, is another than when it was counted last."""
    found = {
        part["values"]["as_of_date"]: part["location"] for part in catalogue.tables().get(RFM, {}).get("partitions", [])
    }
    days = sorted(found)
    known = dict(client.query(_COUNTED).result_rows)
    for before, day in [*zip([None, *days], days, strict=False)][-RFM_DATES:]:
        source = " from ".join(found[d] for d in (day, before) if d)
        if known.get(date.fromisoformat(day)) != source:
            told = {"as_of_date": date.fromisoformat(day), "taken_at": now, "source": source}
            told["from_date"] = date.fromisoformat(before) if before else None
            _insert(client, "rfm_counts", [told | move for move in _moves(catalogue, before, day)])


_COUNTED = "select as_of_date, argMax(source, taken_at) from rfm_counts group by as_of_date"


def _moves(catalogue: Catalogue, before: str | None, day: str) -> list[dict]:
    """Customers by segment before and segment then; those who had not bought before come from the empty segment."""
    keys, segments, names = _segments(catalogue, day)
    came_from, names_before = np.zeros(len(keys), np.int64), [_NOT_YET]
    if before:
        keys_before, segments_before, named = _segments(catalogue, before)
        place = pc.index_in(pa.array(keys), pa.array(keys_before)).fill_null(-1).to_numpy()
        came_from = np.where(place >= 0, np.append(segments_before, -1)[place] + 1, 0)
        names_before += named
    counts = np.bincount(came_from * len(names) + segments, minlength=len(names_before) * len(names))
    return [
        {"from_segment": names_before[i // len(names)], "segment": names[i % len(names)], "customers": int(counts[i])}
        for i in np.flatnonzero(counts)
    ]


def _segments(catalogue: Catalogue, day: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(customer keys, number of each one's segment, the segments' names) of a date."""
    rows = catalogue.read(RFM, ["customer_key", "segment"], as_of_date=day)
    coded = rows["segment"].cast(pa.string()).combine_chunks().dictionary_encode()
    return rows["customer_key"].to_numpy(), coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()
