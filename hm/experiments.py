"""Experiments on the command line: what is defined, what it can show, customers to try it on, what came out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hm.options import AsOf, Json, TrainWeeks, Weeks, chain_of, print_json
from infra import locks
from infra.settings import Settings, get_settings
from warehouse.calendar import TRAIN_WEEKS

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name in experiments.yml.")]
Simulated = Annotated[
    bool | None,
    typer.Option("--simulated/--real", help="Whose traffic.", show_default="real, unless there is simulated traffic only"),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Count what happened before (UTC).", show_default="now"
    ),
]


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """The experiments of experiments.yml, checked, and who was exposed to them."""
    from hm.show_experiments import print_experiments
    from warehouse.experiments.definition import load_configured
    from warehouse.experiments.health import shown
    from warehouse.serving.store import open_store

    settings = get_settings()
    found = load_configured(settings)
    with open_store(settings) as client:
        exposed = shown(client)
    if as_json:
        print_json([_with_exposures(one.model_dump(), exposed) for one in found])
    else:
        print_experiments(found, exposed, settings.experiments_file, datetime.now(UTC))


@app.command()
def plan(
    name: Name,
    customers: Annotated[list[int] | None, typer.Option(min=4, help="Also for so many customers (repeatable).")] = None,
    simulated: Simulated = None,
    as_json: Json = False,
) -> None:
    """How many customers an experiment takes, or what change so many can show.

    The noise is that of events from a stretch as long as the experiment, before
    its start; where there are none, of the landed purchases.
    """
    from hm.show_experiments import print_plan
    from warehouse.experiments.plan import plan as work_out

    settings = get_settings()
    experiment = _experiment(settings, name)
    found = work_out(experiment, *_noise(settings, experiment, simulated), customers or ())
    print_json(found.to_dict()) if as_json else print_plan(found, experiment)


@app.command()
def simulate(
    name: Name,
    customers: Annotated[int, typer.Option(min=2, max=1_000_000, help="Simulated customers.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Same seed, same customers and, with the same lists, same events.")] = 1,
    url: Annotated[str | None, typer.Option(help="Where the API listens.", show_default="this machine's `hm serve`")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Remove what was simulated for it before.")] = False,
    as_json: Json = False,
) -> None:
    """Let simulated customers use the API (`hm serve`) for a whole experiment, its days before included.

    Their tastes are those of the landed purchases of as many real customers; what
    they are served is all that differs between variants. Everything they leave is
    marked as simulated. Weeks of an experiment take minutes.
    """
    from hm.show_experiments import print_simulated
    from hm.simulation import simulate as let_them_shop

    settings = get_settings()
    done = let_them_shop(settings, _experiment(settings, name), customers, seed, url, fresh=fresh)
    print_json(done.to_dict()) if as_json else print_simulated(done)


@app.command()
def report(
    name: Name,
    at: At = None,
    simulated: Simulated = None,
    looks: Annotated[int, typer.Option(min=1, max=400, help="Days shown one by one; each reads all events.")] = 40,
    out: Annotated[
        Path | None, typer.Option("--out", help="HTML file.", show_default="reports/experiment-<name>.html under HM_HOME")
    ] = None,
    as_json: Json = False,
) -> None:
    """What came out: first whether the figures can be read, then the verdict in words, then the figures; also as HTML page.

    Exit code 2 where the figures must not be read.
    """
    from hm.show_experiments import print_report
    from warehouse.experiments.page import page
    from warehouse.experiments.record import record
    from warehouse.experiments.report import report as look_at
    from warehouse.serving.store import open_store

    settings = get_settings()
    experiment, now = _experiment(settings, name), at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    with open_store(settings) as client:
        record(client, [experiment])
        found = look_at(client, experiment, now, simulated, looks)
    file = out or settings.reports_dir / f"experiment-{name}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(found))
    print_json(found.to_dict()) if as_json else print_report(found, file)
    if not found.is_healthy:
        raise typer.Exit(2)


@app.command()
def replay(
    name: Name, weeks: Weeks = 1, as_of: AsOf = None, train_weeks: TrainWeeks = TRAIN_WEEKS, as_json: Json = False
) -> None:
    """Of past weeks, which variant's list would have held what was bought. Never an A/B result."""
    from hm.show_experiments import print_replay
    from warehouse.experiments.replay import replayed

    experiment = _experiment(get_settings(), name)
    chain = chain_of(as_of, train_weeks)
    with locks.pipeline(chain.settings):
        found = replayed(experiment, chain.evaluate(weeks)["rows"])
    print_json([one.to_dict() for one in found]) if as_json else print_replay(found, look_alike=chain.look_alike)


def _experiment(settings: Settings, name: str):
    from warehouse.experiments.definition import load_configured, named

    return named(load_configured(settings), name)


def _with_exposures(told: dict, exposed: dict) -> dict:
    kinds = (("real", False), ("simulated", True))
    return told | {
        "exposed": {kind: vars(exposed[told["name"], key]) for kind, key in kinds if (told["name"], key) in exposed}
    }


def _noise(settings: Settings, experiment, simulated: bool | None):
    """Moments before the start and what they were taken from: real events, simulated ones, else the log."""
    from warehouse.experiments.plan import LEAST, from_log
    from warehouse.experiments.sums import before
    from warehouse.hive.catalogue import Catalogue
    from warehouse.serving.store import open_store

    with open_store(settings) as client:
        for kind in (False, True) if simulated is None else (simulated,):
            found = before(client, experiment, is_simulated=kind)
            if found and found.customers >= LEAST:
                return found.aggregates(), f"{'simulated' if kind else 'real'} events before the start"
    return from_log(Catalogue(settings), experiment)
