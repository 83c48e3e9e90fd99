"""The `hm` command: one sub-command per step, and one for all of them."""

import json
import logging
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from hm import experiments, forget, learning, reading, serve
from hm.options import (
    AsOf,
    Folder,
    Force,
    Json,
    MaxReject,
    ReplaceDays,
    Today,
    TrainWeeks,
    Weeks,
    chain_of,
    day,
    print_json,
)
from hm.progress import Progress
from infra import locks
from infra.errors import UserError
from infra.reach import refused, unreachable
from infra.settings import get_settings
from infra.spark import java_cause, spark_ended
from warehouse.calendar import TRAIN_WEEKS

app = typer.Typer(
    name="hm",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Recommendations from a retailer's purchase log: three CSV files in, 12 articles per customer out.\n\n"
    "Start with `hm run FOLDER` (articles.csv, customers.csv, transactions_train.csv, or .csv.gz), then `hm lookup`. "
    "Every step can be run alone and again; what is done is skipped. State lives under HM_HOME (default .hm).",
)

NOTHING_DUE = 99
"""Exit code that Airflow takes for "skip this task and those after it"."""


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", help="Folder for the three CSV files.")] = Path("data/lookalike"),
    scale: Annotated[
        str, typer.Option(help="small (20,000 customers), medium (200,000), full (1,371,980), or customers.")
    ] = "small",
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 20200922,
) -> None:
    """Write a synthetic look-alike of the H&M data: same schema and habits, no real person or article."""
    from warehouse.lookalike import generate as generate_log

    progress = Progress()
    with progress.step("generate", f"synthetic look-alike, scale {scale}, seed {seed}"):
        made = generate_log(out, scale=scale, seed=seed, progress=progress.say)
    typer.echo(f"Synthetic log (look-alike v{made.version}) in {out}; next: hm run {out}, or hm facts {out}")


@app.command()
def land(
    folder: Folder,
    today: Today = None,
    replace_days: ReplaceDays = False,
    max_reject_share: MaxReject = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Leave the checks of what landed to `hm quality`; nothing is built before.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Land CSV files as typed Hive tables; bad rows go to raw.rejected_rows with file, place and reason."""
    from dataclasses import asdict

    with locks.pipeline(get_settings()):
        landed = chain_of().land(folder, day(today), replace_days, max_reject_share, check=not unchecked)
    if as_json:
        print_json([asdict(file) for file in landed])


@app.command()
def ready(
    folder: Folder,
    settled: Annotated[float, typer.Option(min=0, help="Seconds for which no file may have changed.")] = 0,
) -> None:
    """Whether a folder holds articles, customers and transactions to land; exit code 2 while it does not."""
    from hm.gates import require_files

    for path in require_files(folder, settled):
        typer.echo(path)


@app.command()
def quality() -> None:
    """Check what has landed (`hm land` does it too); the report lies under HM_HOME/<env>/reports."""
    with locks.pipeline(get_settings()):
        chain_of().quality()


@app.command()
def build(
    as_of: AsOf = None,
    rebuild: Annotated[
        list[str] | None, typer.Option(help="Model whose columns changed: built anew for every date it holds (repeatable).")
    ] = None,
    select: Annotated[
        str | None, typer.Option(help="Part of the project, in dbt's selection syntax; the steps stay due.")
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, help="Also the dates that `hm evaluate --weeks N` needs.")] = 1,
    train_weeks: TrainWeeks = TRAIN_WEEKS,
    variables: Annotated[
        bool,
        typer.Option(
            help="Build nothing; print dbt's variables for a scheduler that runs dbt (exit code 99: nothing is due)."
        ),
    ] = False,
    built: Annotated[bool, typer.Option(help="Build nothing; take note that dbt has built these dates.")] = False,
) -> None:
    """Build the features (dbt on Spark SQL) of the as-of date and of the weeks to train and judge on."""
    from warehouse import calendar

    with locks.pipeline(get_settings()):
        chain = chain_of(as_of, train_weeks)
        judged = calendar.evaluation_dates(chain.plan.as_of_date, weeks)
        dates = calendar.chain_dates(chain.plan.span, chain.plan.as_of_date, judged, train_weeks)
        if variables:
            found = chain.dbt_variables(dates)
            if found is None:
                raise typer.Exit(NOTHING_DUE)
            typer.echo(json.dumps(found))
        elif built:
            chain.register_built(dates)
        else:
            chain.build(dates, rebuild or (), (select or "").split())


@app.command()
def candidates(as_of: AsOf = None, train_weeks: TrainWeeks = TRAIN_WEEKS) -> None:
    """Generate the candidates of the label weeks before the as-of date into recs.candidates."""
    with locks.pipeline(get_settings()):
        chain = chain_of(as_of, train_weeks)
        chain.prepare()


@app.command()
def train(as_of: AsOf = None, train_weeks: TrainWeeks = TRAIN_WEEKS) -> None:
    """Train the ranker for the as-of date on the label weeks before it."""
    with locks.pipeline(get_settings()):
        chain = chain_of(as_of, train_weeks)
        chain.prepare()
        typer.echo(chain.train(chain.plan.as_of_date))


@app.command()
def recommend(as_of: AsOf = None, train_weeks: TrainWeeks = TRAIN_WEEKS) -> None:
    """Rank articles for every customer into recs.recommendations (trains first where that is due)."""
    with locks.pipeline(get_settings()):
        chain = chain_of(as_of, train_weeks)
        chain.prepare()
        chain.train(chain.plan.as_of_date)
        chain.recommend()


@app.command()
def evaluate(
    as_of: AsOf = None,
    weeks: Weeks = 1,
    train_weeks: TrainWeeks = TRAIN_WEEKS,
    detail: Annotated[bool, typer.Option("--detail", help="The candidate sources also week by week.")] = False,
    as_json: Json = False,
) -> None:
    """Judge the full system, every source and every baseline on past weeks that no model has seen."""
    from hm.show import print_evaluation

    with locks.pipeline(get_settings()):
        chain = chain_of(as_of, train_weeks)
        report = chain.evaluate(weeks)
    print_json(report) if as_json else print_evaluation(report, detail=detail, look_alike=chain.look_alike)


@app.command()
def gates(
    as_of: AsOf = None,
    force: Annotated[bool, typer.Option("--force", help="Say which gates fail, and end well all the same.")] = False,
    as_json: Json = False,
) -> None:
    """Judge the recommendations of the as-of date before publication; exit code 2 where a gate fails."""
    from hm.show import print_gates
    from warehouse.gates.gate import require

    chain = chain_of(as_of)
    found = chain.gates(chain.last_metrics())
    if as_json:
        print_json({"as_of_date": chain.plan.as_of_date, "gates": [vars(gate) for gate in found]})
    else:
        print_gates(found, chain.plan.as_of_date)
    if not force:
        require(found)


@app.command()
def publish(
    as_of: AsOf = None,
    force: Force = False,
    if_newest: Annotated[
        bool, typer.Option("--if-newest", help="Not where that was done before, or readers see a later date.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish the recommendations of the as-of date to ClickHouse and make them the ones that are read."""
    with locks.pipeline(get_settings()):
        chain = chain_of(as_of)
        step = chain.publish_if_newest if if_newest else chain.publish
        published = step(chain.last_metrics(), force=force)
    if as_json:
        print_json(published and published.to_dict())


@app.command()
def run(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with the CSV files to land first; none: what has landed.")
    ] = None,
    as_of: AsOf = None,
    weeks: Annotated[int, typer.Option(min=1, help="Whole weeks to judge on.")] = 1,
    train_weeks: TrainWeeks = TRAIN_WEEKS,
    today: Today = None,
    replace_days: ReplaceDays = False,
    max_reject_share: MaxReject = None,
    why: Annotated[
        bool, typer.Option("--why", help="Do nothing; say which steps are due and what changed for them.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """The whole chain: land, build, judge, train, recommend, publish. What is done is skipped."""
    from hm.show import print_why
    from hm.summary import print_summary

    if why:
        pieces = chain_of(as_of, train_weeks).plan.explain(weeks)
        print_json([{"step": p.name, "changed": p.why} for p in pieces]) if as_json else print_why(pieces)
        return
    with locks.pipeline(get_settings()):
        chain = chain_of(as_of, train_weeks)
        if folder is not None:
            chain.land(folder, day(today), replace_days, max_reject_share)
        report = chain.run(weeks, force=force)
        print_json(report) if as_json else print_summary(chain, report)


@app.command()
def demo(
    raw: Annotated[Path | None, typer.Option("--raw", help="Your own three CSV files instead of the synthetic log.")] = None,
) -> None:
    """The whole chain on a synthetic look-alike of the H&M data, or on your own files (what `make demo` runs)."""
    from hm.demo import TRAIN_WEEKS, make_room, synthetic_log
    from hm.summary import print_summary

    settings = get_settings()
    with locks.pipeline(settings):
        if raw is None:
            chain, folder = chain_of(weeks=TRAIN_WEEKS), synthetic_log(settings, Progress())
        else:
            chain, folder = chain_of(), raw
            make_room(settings, chain.progress)
        chain.land(folder)
        report = chain.run()
        print_summary(chain, report, with_page=True)


app.add_typer(reading.app)
app.add_typer(learning.app)
app.add_typer(experiments.app, name="experiment", help="Experiments: what is defined, what it can show, what came out.")
app.add_typer(serve.app)
app.add_typer(forget.app)


def main() -> None:
    """Entry point: a user's error is one sentence and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except UserError as error:
        typer.echo(f"hm: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("hm: stopped; run the same command again to go on.", err=True)
        sys.exit(130)
    except Exception as error:
        # A server that fell over makes its client raise whatever it has; one sentence says more than its stack.
        settings = get_settings()
        why = spark_ended(wait_s=2) or unreachable(settings) or refused(error) or java_cause(error)
        if why is None:
            raise
        log = settings.state_dir / "last-error.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)))
        typer.echo(f"hm: {why} Run the same command again: what is done is skipped (details: {log}).", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
