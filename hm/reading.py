"""The commands that answer from what is built and published, and change none of it but by request."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hm.ask import ask
from hm.facts import facts
from hm.options import AsOf, Json, chain_of, print_json
from infra import locks
from infra.settings import get_settings

app = typer.Typer()


@app.command()
def lookup(
    customer: Annotated[str, typer.Argument(help="customer_id: 64 hexadecimal digits.")],
    n: Annotated[int, typer.Option("--n", min=1, max=100, help="How many articles.")] = 12,
    as_json: Json = False,
) -> None:
    """A customer's articles from the published run, with the reason for each."""
    from hm.show import print_lookup
    from warehouse.serving.lookup import customer_id_of
    from warehouse.serving.lookup import lookup as look_up
    from warehouse.serving.store import open_store

    wanted = customer_id_of(customer)
    with open_store(get_settings()) as client:
        result = look_up(client, wanted, n)
    typer.echo(result.to_json()) if as_json else print_lookup(result)


@app.command()
def similar(
    article: Annotated[str, typer.Argument(help="article_id: 10 digits.")],
    n: Annotated[int, typer.Option("--n", min=1, max=100, help="How many articles.")] = 12,
    as_json: Json = False,
) -> None:
    """Articles bought by the same kind of customers, from the published run."""
    from hm.show import print_similar
    from warehouse.serving.similar import similar as look_around
    from warehouse.serving.store import open_store

    with open_store(get_settings()) as client:
        result = look_around(client, article, n)
    typer.echo(result.to_json()) if as_json else print_similar(result)


@app.command()
def runs(as_json: Json = False) -> None:
    """Published runs with as-of date, metrics, rows and code version; the one that is read is marked."""
    from hm.show import print_runs
    from warehouse.serving.runs import runs as list_runs
    from warehouse.serving.store import open_store

    with open_store(get_settings()) as client:
        found = list_runs(client)
    print_json([r.to_dict() for r in found]) if as_json else print_runs(found)


@app.command()
def rollback(
    to: Annotated[int | None, typer.Option("--to", help="Run number.", show_default="the one published before")] = None,
    as_json: Json = False,
) -> None:
    """Point all readers back at an earlier published run, at once."""
    from warehouse.serving.runs import rollback as point_back
    from warehouse.serving.store import open_store

    with open_store(get_settings()) as client:
        served = point_back(client, to)
    sentence = f"Readers now see run {served.run} (as of {served.as_of_date}, {served.run_id})."
    print_json(served.to_dict()) if as_json else typer.echo(sentence)


@app.command()
def submission(
    out: Annotated[Path, typer.Option("--out", help="File to write.")] = Path("submission.csv"),
    as_of: AsOf = None,
) -> None:
    """Kaggle's file: customer_id,prediction with 12 articles for every customer of customers.csv."""
    from warehouse.submission import write_submission

    chain = chain_of(as_of)
    rows = write_submission(chain.plan.catalogue, chain.finished_recommendations(), out)
    typer.echo(f"{rows:,} customers with 12 articles each in {out}")


@app.command()
def sql(
    question: Annotated[str | None, typer.Argument(help="One statement; none: a prompt.")] = None,
    limit: Annotated[int, typer.Option(help="Rows to show at most.")] = 100,
    engine: Annotated[
        Literal["spark", "trino", "clickhouse"] | None,
        typer.Option(help="Who answers.", show_default="trino where a metastore server runs, else spark"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the warehouse in SQL: one question, or a prompt."""
    from hm import sql as statements

    settings = get_settings()
    engine = engine or statements.default_engine(settings)
    if question:
        statements.ask(settings, question, limit, as_json, engine)
    else:
        statements.prompt(settings, limit, engine)


app.command()(ask)
app.command()(facts)


@app.command()
def status(as_json: Json = False) -> None:
    """What has landed, what is built, what is published, and who holds the stores."""
    from hm.status import gather, print_status

    facts = gather(get_settings())
    print_json(facts) if as_json else print_status(facts)


@app.command()
def report(
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write.", show_default="reports/daily-<today>.html under HM_HOME")
    ] = None,
    article: Annotated[
        list[str] | None, typer.Option("--article", help="article_id whose card comes first (repeatable).")
    ] = None,
    as_json: Json = False,
) -> None:
    """The daily report on one page: quality, sources, coverage, articles, customers, experiments, gates, data, runs."""
    from hm.report import gather, write
    from warehouse.serving.names import article_id_of

    settings = get_settings()
    facts = gather(settings, articles=[article_id_of(a) for a in article or ()])
    page = write(settings, facts, out)
    print_json(facts) if as_json else typer.echo(page)


@app.command()
def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; say what would go.")] = False,
    keep_runs: Annotated[int, typer.Option(min=2, help="Newest published runs that stay.")] = 5,
    keep_models: Annotated[int, typer.Option(min=1, help="Newest as-of dates whose model stays.")] = 8,
    keep_report_days: Annotated[int, typer.Option(min=1, help="Days that reports stay.")] = 90,
    as_json: Json = False,
) -> None:
    """Remove old models, reports, published runs and table versions; says what stays and why."""
    from hm.retention import retain as let_go
    from hm.show import print_retained
    from warehouse.serving.store import open_store

    settings = get_settings()
    with locks.pipeline(settings), open_store(settings) as client:
        found = let_go(
            settings,
            client,
            keep_runs=keep_runs,
            keep_models=keep_models,
            keep_report_days=keep_report_days,
            dry_run=dry_run,
        )
    print_json([vars(item) for item in found]) if as_json else print_retained(found, dry_run)
