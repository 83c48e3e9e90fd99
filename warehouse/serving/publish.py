"""Publication: rows into the store under a new run number, checked, then one pointer row.

Killed anywhere, it left the pointer where it was; the next publication drops the unfinished partitions and starts again.
Killed between the last check and the pointer, it left a complete run, and the next publication of the same content only
moves the pointer.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.landings import landings
from warehouse.serving import checks, pointer, pull, runs
from warehouse.serving.inputs import Around, Inputs, Lists
from warehouse.serving.rules import Filter, Rules
from warehouse.serving.runs import KEEP_RUNS, PublishedRun
from warehouse.serving.store import open_store

Progress = Callable[[str], None]

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
    around: Around | None = None,
    rules: Rules | None = None,
    policies: Mapping[str, Lists] | None = None,
    shown: int = SHOWN,
    keep: int = KEEP_RUNS,
    serve_again: bool = False,
    progress: Progress = print,
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
        around: substitutes, complements and the map of articles.
        rules: what must not be shown; a list they shorten is filled at lookup.
        policies: lists of simpler recommenders by policy, for experiments.
        shown: articles every customer must have at least (with rules: every answer).
        keep: newest runs whose rows stay.
        serve_again: point readers at the run also where it was published before and rolled back since.
        progress: called with one line per piece of work.

    Raises:
        PublicationRefusedError: the rows are not fit to be served; the pointer did not move.
        MissingDataError: a table or its partition is not there.
    """
    begun = time.perf_counter()
    inputs = Inputs(catalogue, as_of_date, around, rules, policies)
    run_id = inputs.run_id()
    landed = [(x.file_name, x.sha256) for x in landings(catalogue)] if lineage is None else list(lineage)
    with open_store(settings) as client:
        known = next((r for r in runs.runs(client) if r.run_id == run_id and r.is_kept), None)
        if known:
            return _published_before(client, known, keep, serve_again, progress)
        number = _fresh_number(client, progress)
        rows = _load(client, number, inputs, progress)
        checks.check(client, number, rows, shown, is_ruled=inputs.filter is not None)
        run = PublishedRun(
            run=number,
            run_id=run_id,
            as_of_date=as_of_date,
            created_at=datetime.now(UTC),
            model_run=model_run,
            code_version=code_version,
            metrics={**metrics, **_ruled(inputs.rules, inputs.filter, progress)},
            table_rows=rows,
            landed=landed,
            seconds=round(time.perf_counter() - begun, 3),
        )
        runs.record(client, run)
        return _serve(client, run, keep, progress)


def _ruled(rules: Rules, applied: Filter | None, progress: Progress) -> dict[str, Any]:
    """What the rules did, as figures of the run; nothing where there are none."""
    if applied is None:
        return {}
    progress(
        f"rules: {len(applied.excluded):,} articles are not shown; {applied.removed:,} places taken out of lists, "
        f"{applied.emptied:,} lists left empty"
    )
    did = {"excluded_articles": len(applied.excluded), "removed_places": applied.removed, "emptied_lists": applied.emptied}
    return {"rules": {**rules.model_dump(exclude_defaults=True), "did": did}}


def _published_before(client: Client, known: PublishedRun, keep: int, serve_again: bool, progress: Progress) -> PublishedRun:
    moves = pointer.history(client)
    present = moves[-1].run if moves else None
    if not any(row.run == known.run for row in moves) or (serve_again and present != known.run):
        return _serve(client, known, keep, progress)
    rolled_back = f", but run {present} is served since a rollback; `hm rollback --to {known.run}` changes that"
    where = " and served" if present == known.run else rolled_back
    progress(f"{known.run_id} is published already, as run {known.run}{where}; nothing changed")
    return known


def _fresh_number(client: Client, progress: Progress) -> int:
    complete = {r.run for r in runs.runs(client) if r.is_kept}
    if dropped := runs.drop_all_but(client, complete):
        progress(f"dropped the unfinished rows of an earlier publication (run {_listed(dropped)})")
    return runs.next_number(client)


def _load(client: Client, run: int, inputs: Inputs, progress: Progress) -> dict[str, int]:
    """Insert every table's rows under a run number; returns the rows sent by table."""
    sent = _pulled(client, run, inputs, progress)
    for name, batches in inputs.tables().items():
        begun = time.perf_counter()
        if name not in sent:
            sent[name] = sum(_insert(client, run, name, batch) for batch in batches)
        # One part per table and run: a point read then opens one set of files, not one per inserted batch.
        client.command(f"optimize table {name} partition {run:d} final")
        progress(f"{name}: {sent[name]:,} rows, {time.perf_counter() - begun:.1f} s")
    return sent


def _pulled(client: Client, run: int, inputs: Inputs, progress: Progress) -> dict[str, int]:
    """Rows of recommendations that the store took from the files itself; rules need them to pass through Python."""
    files = None if inputs.filter else pull.Files.of(inputs.catalogue.settings, inputs.recommendation_files())
    if files is None:
        return {}
    if reason := pull.why_not(client, files):
        progress(f"ClickHouse cannot read {files.place} itself ({reason}): the rows are sent")
        return {}
    begun = time.perf_counter()
    rows = pull.pull(client, run, files)
    progress(f"recommendations: {rows:,} rows read by ClickHouse itself, {time.perf_counter() - begun:.1f} s")
    return {"recommendations": rows}


def _insert(client: Client, run: int, name: str, rows: pa.Table) -> int:
    if rows.num_rows:
        client.insert_arrow(name, rows.append_column("run", pa.repeat(pa.scalar(run, pa.uint32()), rows.num_rows)))
    return rows.num_rows


def _serve(client: Client, run: PublishedRun, keep: int, progress: Progress) -> PublishedRun:
    pointer.move(client, run.run, run.as_of_date, "publish")
    progress(f"run {run.run} ({run.run_id}) is served")
    if dropped := runs.prune(client, keep):
        progress(f"dropped the rows of old runs ({_listed(dropped)})")
    return replace(run, is_served=True, is_kept=True, is_new=True)


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
