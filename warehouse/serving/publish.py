"""Publication: rows into the store under a new run number, checked, then one pointer row.

Killed anywhere, it left the pointer where it was; the next publication drops the unfinished partitions and starts again.
Killed between the last check and the pointer, it left a complete run, and the next publication of the same content only
moves the pointer.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.landings import landings
from warehouse.serving import checks, pointer, runs
from warehouse.serving.inputs import Inputs
from warehouse.serving.runs import KEEP_RUNS, PublishedRun
from warehouse.serving.store import open_store

SHOWN = 12
"""Articles shown to a customer; no customer may have fewer."""


def publish(
    settings: Settings,
    *,
    catalogue: Catalogue,
    as_of_date: date,
    model_run: str,
    metrics: Mapping[str, Any],
    code_version: str,
    lineage: Sequence[tuple[str, str]] | None = None,
    similar: pa.Table | None = None,
    shown: int = SHOWN,
    keep: int = KEEP_RUNS,
    progress: Callable[[str], None] = print,
) -> PublishedRun:
    """Publish the recommendations of an as-of date, or say that they are published already.

    Args:
        settings: the environment.
        catalogue: where the warehouse's files are.
        as_of_date: partition of recs.recommendations and of the as-of marts.
        model_run: training run that ranked them.
        metrics: figures to keep beside the run.
        code_version: version of the code.
        lineage: (file name, sha256) of the landed files; those of raw.landings by default.
        similar: columns article_id, similar_article_id, rank, score.
        shown: articles every customer must have at least.
        keep: newest runs whose rows stay.
        progress: called with one line per piece of work.

    Raises:
        PublicationRefusedError: the rows are not fit to be served; the pointer did not move.
        MissingDataError: a table or its partition is not there.
    """
    begun = time.perf_counter()
    inputs = Inputs(catalogue, as_of_date, similar)
    run_id = inputs.run_id()
    landed = [(x.file_name, x.sha256) for x in landings(catalogue)] if lineage is None else list(lineage)
    with open_store(settings) as client:
        known = next((r for r in runs.runs(client) if r.run_id == run_id and r.is_kept), None)
        if known:
            return _published_before(client, known, progress)
        run = _fresh_number(client, progress)
        sent = {name: _send(client, run, name, rows, progress) for name, rows in inputs.tables().items()}
        checks.check(client, run, sent, shown)
        fresh = PublishedRun(
            run=run,
            run_id=run_id,
            as_of_date=as_of_date,
            created_at=datetime.now(UTC),
            model_run=model_run,
            code_version=code_version,
            metrics=dict(metrics),
            table_rows=sent,
            landed=landed,
            seconds=round(time.perf_counter() - begun, 3),
        )
        runs.record(client, fresh)
        return _serve(client, fresh, keep, progress)


def _published_before(client: Client, known: PublishedRun, progress: Callable[[str], None]) -> PublishedRun:
    moves = pointer.history(client)
    if not any(row.run == known.run for row in moves):
        return _serve(client, known, KEEP_RUNS, progress)
    present = moves[-1].run
    where = (
        "and served" if present == known.run else f"but run {present} is served; `hm rollback --to {known.run}` changes that"
    )
    progress(f"{known.run_id} is published already, as run {known.run}, {where}; nothing changed")
    return known


def _fresh_number(client: Client, progress: Callable[[str], None]) -> int:
    complete = {r.run for r in runs.runs(client) if r.is_kept}
    if dropped := runs.drop_all_but(client, complete):
        progress(f"dropped the unfinished rows of an earlier publication (run {', '.join(map(str, sorted(dropped)))})")
    return runs.next_number(client)


def _send(client: Client, run: int, name: str, batches: Iterator[pa.Table], progress: Callable[[str], None]) -> int:
    """Insert the rows of one table under a run; returns how many."""
    begun, rows = time.perf_counter(), 0
    for batch in batches:
        if batch.num_rows:
            numbered = batch.append_column("run", pa.repeat(pa.scalar(run, pa.uint32()), batch.num_rows))
            client.insert_arrow(name, numbered)
            rows += batch.num_rows
    if rows:
        # One part per table and run: a point read then opens one file set, not one per inserted batch.
        client.command(f"optimize table {name} partition {run:d} final")
    progress(f"{name}: {rows:,} rows, {time.perf_counter() - begun:.1f} s")
    return rows


def _serve(client: Client, run: PublishedRun, keep: int, progress: Callable[[str], None]) -> PublishedRun:
    pointer.move(client, run.run, run.as_of_date, "publish")
    progress(f"run {run.run} ({run.run_id}) is served")
    if dropped := runs.prune(client, keep):
        progress(f"dropped old runs: {', '.join(map(str, sorted(dropped)))}")
    return replace(run, is_served=True, is_kept=True, is_new=True)
