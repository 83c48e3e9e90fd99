"""What may go, and what stays and why: models, reports, published runs, versions of tables.

Nothing goes that readers see, that a rollback returns to, or that the store still holds and was ranked with. Landed rows,
features, candidates and recommendations stay by date: history is what the next model learns from and what a past week is
judged on; only versions of their files that no partition refers to go.
"""

import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.hive.catalogue import SWEEP_GRACE_S, Catalogue
from warehouse.serving.runs import KEEP_RUNS, drop_all_but, kept, partitions, runs
from warehouse.stamps import Stamps

KEEP_MODELS = 8
"""Newest as-of dates whose model stays: four weeks of `hm evaluate` and as many again to look back at."""
KEEP_REPORT_DAYS = 90
"""A quarter of daily reports and verdicts."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_S = 86_400


@dataclass(frozen=True)
class Item:
    """One thing that is kept or goes.

    Attributes:
        kind: published run, model, report or table versions.
        why: the reason, for what goes and for what stays.
    """

    kind: str
    name: str
    stays: bool
    why: str


def retain(
    settings: Settings,
    client: Client,
    *,
    keep_runs: int = KEEP_RUNS,
    keep_models: int = KEEP_MODELS,
    keep_report_days: int = KEEP_REPORT_DAYS,
    dry_run: bool = False,
) -> list[Item]:
    """Say what stays and what goes, and, unless it is a dry run, let it go.

    The caller holds the pipeline's lock: no folder here is being written.
    """
    stay = kept(client, keep_runs)
    ranked = {run.model_run: f"it ranked run {run.run}" for run in runs(client) if run.run in stay}
    dates = {str(run.as_of_date): f"run {run.run} is of that date" for run in runs(client) if run.run in stay}
    found = [
        *_runs(client, stay),
        *_models(settings, ranked, keep_models),
        *_reports(settings, dates, keep_report_days),
    ]
    if not dry_run:
        drop_all_but(client, set(stay))
        for item in found:
            if not item.stays and item.kind in _FOLDERS:
                _remove(_FOLDERS[item.kind](settings) / item.name)
    return [*found, _versions(settings, dry_run)]


_FOLDERS = {"model": lambda settings: settings.runs_dir, "report": lambda settings: settings.reports_dir}


def _runs(client: Client, stay: Mapping[int, str]) -> Iterator[Item]:
    for run in sorted(set().union(*partitions(client).values()), reverse=True):
        yield Item("published run", str(run), run in stay, stay.get(run, "older than those that stay, or never finished"))


def _models(settings: Settings, ranked: Mapping[str, str], keep: int) -> Iterator[Item]:
    """A model stays that ranked a kept run, and the one of each of the newest dates."""
    stamps = Stamps(settings)
    of_date = {n.removeprefix("train:"): stamps.result(n).get("run_id") for n in stamps.names() if n.startswith("train:")}
    newest = {of_date[day]: f"the model of one of the newest {keep} dates" for day in sorted(of_date, reverse=True)[:keep]}
    for folder in sorted(_entries(settings.runs_dir), reverse=True):
        why = ranked.get(folder.name) or newest.get(folder.name)
        gone = "an older date" if folder.name in of_date.values() else "not, or no longer, the model of its date"
        yield Item("model", folder.name, why is not None, why or gone)


def _reports(settings: Settings, dates: Mapping[str, str], keep_days: int) -> Iterator[Item]:
    """A report without a date is the latest of its kind; one with a date stays for a while, or with the run it speaks of."""
    for file in sorted(_entries(settings.reports_dir), reverse=True):
        day = _DATE.search(file.name)
        age = (time.time() - file.stat().st_mtime) / _DAY_S
        if day is None:
            yield Item("report", file.name, True, "the latest of its kind")
        elif file.name.startswith("forget-"):
            yield Item("report", file.name, True, "the proof that customers were forgotten")
        elif day[0] in dates:
            yield Item("report", file.name, True, dates[day[0]])
        else:
            yield Item("report", file.name, age < keep_days, f"{age:.0f} days old, {keep_days} days are kept")


def _versions(settings: Settings, dry_run: bool) -> Item:
    rule = f"no partition has referred to them for {SWEEP_GRACE_S / 3600:g} h"
    if dry_run:
        return Item("table versions", "counted when it is done", False, rule)
    return Item("table versions", f"{Catalogue(settings).sweep():,}", False, rule)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()
