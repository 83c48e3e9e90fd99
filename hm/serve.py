"""The lookup over HTTP, and what comes out of it."""

from pathlib import Path
from typing import Annotated

import typer

from hm.options import Json, print_json
from infra import locks
from infra.settings import get_settings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Answer lookups over HTTP until stopped; the page /docs tells what can be asked.

    HM_API_PORT is the port (8090); HM_BIND_HOST and HM_API_KEY let other machines ask.
    Where the store is chDB this process holds it; every other command asks
    it for the store, and nobody waits. Exposures and events wait on disk
    until ClickHouse has them, through kills and outages.
    """
    from warehouse.api.server import serve as answer

    answer(get_settings())


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="File to write: .parquet or .csv.")],
    run: Annotated[int | None, typer.Option("--run", help="Run number.", show_default="the one that is read")] = None,
    n: Annotated[int, typer.Option("--n", min=1, max=24, help="Articles per customer at most.")] = 12,
    as_json: Json = False,
) -> None:
    """A published run with names and reasons as a file, for e-mail and other tools: one row per customer and place."""
    from warehouse.serving.export import export as write
    from warehouse.serving.store import open_store

    with open_store(get_settings()) as client:
        written, rows = write(client, out, run=run, n=n)
    found = {"run": written, "rows": rows, "file": str(out)}
    print_json(found) if as_json else typer.echo(f"Run {written}: {rows:,} rows in {out}")


events = typer.Typer(no_args_is_help=True, help="What the HTTP API took: exposures of experiments, and what customers did.")
app.add_typer(events, name="events")


@events.command()
def land(as_json: Json = False) -> None:
    """Exposures and events from ClickHouse into raw.events, for Spark and Trino; days that did not change are skipped."""
    from hm.progress import Progress
    from warehouse.hive.catalogue import Catalogue
    from warehouse.landed_events import land_events
    from warehouse.serving.store import open_store

    settings, progress = get_settings(), Progress()
    with locks.pipeline(settings), open_store(settings) as client:
        landed = land_events(settings, Catalogue(settings), client, progress.say)
    if as_json:
        print_json([vars(day) for day in landed])
    elif not landed:
        typer.echo("Nothing new: raw.events holds every exposure and event of ClickHouse.")
