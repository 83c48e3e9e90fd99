"""The runs in the store: what each holds, which is served, going back, and which are kept.

A run is kept while its partition of `recommendations` is there. Kept are: the newest `KEEP_RUNS`, the served one, and the
one that a rollback would return to.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from warehouse.serving import pointer
from warehouse.serving.answers import Answer
from warehouse.serving.errors import RollbackError
from warehouse.serving.store import DATA_TABLES

KEEP_RUNS = 5
"""Newest runs that stay; a reader that read the pointer just before a publication finishes on its run in peace."""

_COLUMNS = (
    "run",
    "run_id",
    "as_of_date",
    "created_at",
    "model_run",
    "code_version",
    "metrics",
    "table_rows",
    "landed_files",
    "landed_sha256",
    "seconds",
)

_PARTITIONS = """
select distinct table, toUInt32(partition)
from system.parts
where active and database = currentDatabase() and table in {tables:Array(String)}
"""


@dataclass(frozen=True)
class PublishedRun(Answer):
    """One complete run.

    Attributes:
        metrics: figures known at publication.
        table_rows: rows by table.
        landed: (file name, sha256) of the files it was learned from.
        is_served: the pointer stands on it.
        is_kept: its rows are still in the store.
        is_new: this very call published it (only `publish` sets it).
    """

    run: int
    run_id: str
    as_of_date: date
    created_at: datetime
    model_run: str
    code_version: str
    metrics: dict[str, Any]
    table_rows: dict[str, int]
    landed: list[tuple[str, str]]
    seconds: float
    is_served: bool = False
    is_kept: bool = True
    is_new: bool = False


def runs(client: Client) -> list[PublishedRun]:
    """Every run ever published, newest first, with its metrics and lineage."""
    moved = pointer.current(client)
    kept = partitions(client)[DATA_TABLES[0]]
    rows = client.query(f"select {', '.join(_COLUMNS)} from runs order by run desc").result_rows
    return [_run(dict(zip(_COLUMNS, row, strict=True)), moved.run if moved else None, kept) for row in rows]


def served(known: Iterable[PublishedRun]) -> PublishedRun | None:
    """The run of these that readers see; None before the first publication."""
    return next((run for run in known if run.is_served), None)


def _run(row: dict, served_run: int | None, kept: set[int]) -> PublishedRun:
    landed = list(zip(row.pop("landed_files"), row.pop("landed_sha256"), strict=True))
    row |= {"metrics": json.loads(row["metrics"]), "created_at": row["created_at"].replace(tzinfo=UTC)}
    return PublishedRun(**row, landed=landed, is_served=row["run"] == served_run, is_kept=row["run"] in kept)


def record(client: Client, run: PublishedRun) -> None:
    """Write a run down as complete. From here on it may be served."""
    row = {name: getattr(run, name) for name in _COLUMNS if not name.startswith("landed")}
    row |= {
        "metrics": json.dumps(run.metrics, sort_keys=True, default=str),
        "landed_files": [name for name, _ in run.landed],
        "landed_sha256": [sha256 for _, sha256 in run.landed],
    }
    client.insert("runs", [[row[name] for name in _COLUMNS]], column_names=list(_COLUMNS))


def rollback(client: Client, to: int | None = None) -> PublishedRun:
    """Serve an earlier run again: the one served when the present one was published, or the one named.

    Raises:
        NothingPublishedError: before the first publication.
        RollbackError: there is none before, or its rows are gone.
    """
    present = pointer.served(client).run
    wanted = pointer.before(pointer.history(client), present) if to is None else to
    known = {r.run: r for r in runs(client)}
    kept = ", ".join(str(r) for r in sorted(known) if known[r].is_kept)
    if wanted is None:
        raise RollbackError(f"Run {present} was the first; there is nothing to go back to (kept: {kept}).")
    if wanted not in known or not known[wanted].is_kept:
        raise RollbackError(f"Run {wanted} is not in the store; choose one of: {kept}.")
    if wanted != present:
        pointer.move(client, wanted, known[wanted].as_of_date, "rollback")
    return next(r for r in runs(client) if r.run == wanted)


def next_number(client: Client) -> int:
    """The number of the next run. A publication that was cut short never used its own up."""
    return client.query("select max(run) from runs").result_rows[0][0] + 1


def partitions(client: Client) -> dict[str, set[int]]:
    """The runs that have rows, by data table."""
    found: dict[str, set[int]] = {table: set() for table in DATA_TABLES}
    for table, run in client.query(_PARTITIONS, parameters={"tables": list(DATA_TABLES)}).result_rows:
        found[table].add(run)
    return found


def drop_all_but(client: Client, keep: set[int]) -> list[int]:
    """Drop every partition of other runs; returns the runs dropped. Readers of `keep` notice nothing."""
    doomed = {table: held - keep for table, held in partitions(client).items()}
    for table, dropped in doomed.items():
        for run in sorted(dropped):
            client.command(f"alter table {table} drop partition {run:d}")
    return sorted(set().union(*doomed.values()))


def kept(client: Client, keep: int = KEEP_RUNS) -> dict[int, str]:
    """The runs whose rows stay, each with the reason, newest first."""
    found = {r.run: f"one of the newest {keep}" for r in [r for r in runs(client) if r.is_kept][:keep]}
    if present := pointer.current(client):
        if back := pointer.before(pointer.history(client), present.run):
            found[back] = "a rollback returns to it"
        found[present.run] = "readers see it"
    return found


def prune(client: Client, keep: int = KEEP_RUNS) -> list[int]:
    """Drop the rows of old runs, and of publications that were cut short; returns the runs dropped."""
    return drop_all_but(client, set(kept(client, keep)))
