"""The daily report on one page: quality, sources, coverage, customers, experiments, gates, data, runs."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from clickhouse_connect.driver.client import Client

from hm.show import SYNTHETIC
from infra.errors import UserError
from infra.settings import Settings
from warehouse.experiments.definition import load_configured
from warehouse.experiments.record import record
from warehouse.experiments.report import report as look_at
from warehouse.gates.publication import last_verdicts
from warehouse.hive.catalogue import Catalogue
from warehouse.report.collect import collect
from warehouse.report.facts import read
from warehouse.report.page import page as html
from warehouse.serving.runs import runs, served
from warehouse.serving.store import open_store

__all__ = ["gather", "html", "write"]


def gather(settings: Settings, today: date | None = None, articles: Sequence[str] = ()) -> dict:
    """The facts, JSON-able; works on an empty warehouse too. What has changed is brought to the store first.

    Args:
        articles: article ids whose cards come first.
    """
    day = today or datetime.now(UTC).date()
    with open_store(settings) as client:
        collect(client, settings, Catalogue(settings))
        views = read(client, day, articles)
        known, (experiments, fault) = runs(client), _experiments(client, settings)
    fresh = views["freshness"][0]
    published = served(known)
    versions = fresh["look_alike"] or (published.metrics.get("look_alike") if published else "")
    return {
        "day": day,
        "environment": settings.env,
        "synthetic": bool(versions),
        "look_alike": versions or "",
        "synthetic_note": SYNTHETIC.format(versions) if versions else "",
        "freshness": {"last_day": fresh["last_day"], "days_ago": fresh["days_ago"]},
        "landings": views["landings"],
        "published": published and _published(published.to_dict(), views),
        "gates": last_verdicts(settings),
        "experiments": experiments,
        "experiments_fault": fault,
        "views": views,
    }


def _published(run: dict, views: dict) -> dict:
    """The run readers see, with its coverage and source mix as the store counts them."""
    row = next(row for row in views["runs"] if row["is_served"])
    first_place = {row["source"]: row["share_of_all"] for row in views["source_mix"]}
    return {**run, "customers": row["customers_with_list"], "coverage": row["coverage"], "sources": first_place}


def _experiments(client: Client, settings: Settings) -> tuple[list[dict], str]:
    """Every experiment's verdict as of now, and what is wrong with the file."""
    try:
        return list(_verdicts(client, settings)), ""
    except UserError as error:
        return [], str(error)


def _verdicts(client: Client, settings: Settings) -> Iterator[dict]:
    defined = load_configured(settings)
    record(client, defined)
    for experiment in defined:
        found = look_at(client, experiment, datetime.now(UTC), looks=1)
        yield {
            "name": experiment.name,
            "starts": experiment.starts.date(),
            "ends": experiment.ends.date(),
            "is_simulated": found.is_simulated,
            "is_healthy": found.is_healthy,
            "customers": found.customers,
            "verdict": found.verdict,
        }


def write(settings: Settings, facts: dict, out: Path | None = None) -> Path:
    """Write the page and, beside it, the same as JSON; returns the page."""
    page = out or settings.reports_dir / f"daily-{facts['day']}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html(facts))
    page.with_suffix(".json").write_text(json.dumps(facts, indent=1, default=str))
    return page
