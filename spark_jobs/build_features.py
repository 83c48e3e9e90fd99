"""Features: dbt's models for a list of as-of dates, one dbt run over this process's Spark session.

An as-of date is the first day that may not be seen. Every date is built from the per-day aggregates, so dates come in any
order and building one again gives the same rows.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dbt.artifacts.schemas.results import NodeStatus
from dbt.cli.main import dbtRunner, dbtRunnerResult

from infra.errors import UserError
from infra.reach import unreachable
from infra.settings import REPO, Settings
from infra.spark import spark_ended, spark_session, stop_spark
from warehouse.forgetting.registry import identity
from warehouse.hive.catalogue import Catalogue
from warehouse.stamps import code_stamp

PROJECT = REPO / "dbt_project"
DAYS = "int_as_of_days"
"""Every as-of mart sees days only through this model, so it comes along whatever is selected."""
CUSTOMERS = "int_as_of_customers"
"""Which customers the large marts hold at a date: comes along wherever it can be built."""
MONTHLY_CODE = ("models/staging", "models/intermediate", "models/marts/core", "macros")
ALL_MONTHS, LAST_MONTH = "0000-00", "9999-99"
_HEADING = re.compile(r"(Compilation|Runtime|Database|Dependency) Error( in |$)")
_JAVA_CALL = re.compile(r"An error occurred while calling \S+\.$")
_FAILED = (NodeStatus.Error, NodeStatus.Fail, NodeStatus.RuntimeErr, NodeStatus.PartialSuccess)


class BuildError(UserError):
    """A model or test failed, or nothing has landed; the message is one sentence that names it and the log."""


@dataclass(frozen=True)
class BuiltNode:
    """What became of one model or test of the run.

    Attributes:
        name: dbt's name of it.
        kind: `model` or `test`.
        status: dbt's word: success, pass, warn, skipped, error or fail.
        seconds: how long it ran.
    """

    name: str
    kind: str
    status: str
    seconds: float


def build_features(
    settings: Settings,
    as_of_dates: Sequence[date],
    *,
    learning_dates: Iterable[date] = (),
    select: Iterable[str] | None = None,
    rebuild: Iterable[str] = (),
    full_tests: bool = True,
    progress: Callable[[str], None] = print,
) -> list[BuiltNode]:
    """Build the marts of these dates and test them; returns what was built, in order of completion.

    Args:
        as_of_dates: first days that may not be seen; none = the day after the last landed day.
        learning_dates: dates, among all that are built, whose large marts hold the customers who bought in the week that
            begins with them: enough to learn from and to be judged on, and a small part of everyone.
        select: models in dbt's selector language; none = all of them.
        rebuild: models to drop and build again for these dates and every date their tables hold; needed once when a
            model's columns have changed.
        full_tests: also run the data tests, which read what was built.
        progress: called with one line per finished model.

    Raises:
        BuildError: a model or test failed, or nothing has landed.
        infra.locks.LockHeldError: another command kept the metastore for too long.
    """
    spark_session(settings)
    catalogue = Catalogue(settings)
    variables = {
        "as_of_dates": [str(day) for day in sorted(set(as_of_dates))],
        "learning_dates": [str(day) for day in sorted(set(learning_dates))],
        "rebuild": {model: [str(day) for day in _dates_of(catalogue, model)] for model in rebuild},
        # A part of the project does not say what it has seen: what it reads may not have been built.
        "log": {} if select else landing_log(catalogue),
    }
    arguments = ["build", "--exclude-resource-type", "unit_test", *([] if full_tests else ["test"])]
    if select:
        come_along = [DAYS, CUSTOMERS] if catalogue.partitions("intermediate.int_customer_daily") else [DAYS]
        arguments += ["--select", *come_along, *select]
    nodes: list[BuiltNode] = []
    try:
        result = invoke(settings, [*arguments, "--vars", json.dumps(variables)], [_reporter(nodes, progress)])
        if not result.success and (ended := spark_ended(wait_s=2)):
            # Memory ran short for a moment, say. What was built stays; the rest is built by a new process, once.
            progress(ended)
            stop_spark()
            spark_session(settings)
            result = invoke(settings, ["retry"], [_reporter(nodes, progress)])
    finally:
        catalogue.refresh()
        catalogue.sweep()
    _check(settings, result)
    return nodes


def invoke(settings: Settings, arguments: list[str], callbacks: list[Callable] | None = None) -> dbtRunnerResult:
    """One dbt command in this process on the shared schemas; its files stay out of the checkout.

    The project is parsed without variables first: dbt then takes yesterday's parse, which it throws away when variables
    differ.
    """
    folder = _folder(settings)
    os.environ.update(settings.job_env() | {"DBT_PROFILES_DIR": str(PROJECT), "HM_SCHEMA_PREFIX": "shared"})
    common = ["--project-dir", str(PROJECT), "--target", settings.env, "--log-level", "none", "--log-level-file", "debug"]
    common += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    parsed = dbtRunner().invoke(["parse", *common])
    if not parsed.success:
        return parsed
    return dbtRunner(manifest=parsed.result, callbacks=callbacks or []).invoke([*arguments, *common])


def _folder(settings: Settings) -> Path:
    return settings.root / "dbt"


def _dates_of(catalogue: Catalogue, model: str) -> list[date]:
    """As-of dates a model's table holds; none for a table by month and for one that is not there."""
    for table in (f"marts.{model}", f"intermediate.{model}"):
        partitions = catalogue.partitions(table)
        if partitions and "as_of_date" in partitions[0]:
            return catalogue.as_of_dates(table)
    return []


def landing_log(catalogue: Catalogue) -> dict:
    """What dbt needs to know which months a landing touched (dbt_project/macros/months.sql)."""
    if not catalogue.partitions("raw.landings"):
        return {}
    kinds: dict[int, set[str]] = {}
    for landing, kind in _by_landing(catalogue, "raw.landings", "file_kind"):
        kinds.setdefault(landing, set()).add(kind)
    # A snapshot may change what every month says of a customer or an article.
    months = {str(landing): ALL_MONTHS if found - {"transactions"} else LAST_MONTH for landing, found in kinds.items()}
    for landing, day in _by_landing(catalogue, "raw.landed_days", "t_dat"):
        if landing in kinds:
            months[str(landing)] = min(months[str(landing)], f"{day:%Y-%m}")
    # A forgotten customer may have bought in any month: like a change of the SQL, it makes every month due.
    code = "-".join([_code(), *identity(catalogue)])
    return {"through": max(kinds), "code": code, "first_months": months}


def _by_landing(catalogue: Catalogue, table: str, column: str) -> list[tuple]:
    """(landing, value) of every row of a small table."""
    found = []
    for values in catalogue.partitions(table):
        rows = catalogue.read(table, [column], **values)
        found += [(int(values["landing_id"]), value) for value in rows[column].to_pylist()]
    return found


def _code() -> str:
    """Hash of the SQL behind the tables by month: when it changes they are built from their first month on."""
    return code_stamp(file for folder in MONTHLY_CODE for file in (PROJECT / folder).rglob("*.sql"))


def _reporter(nodes: list[BuiltNode], progress: Callable[[str], None]) -> Callable:
    """A callback that notes every finished node and says a line for each model."""

    def report(event) -> None:
        if event.info.name != "NodeFinished" or event.data.node_info.resource_type not in ("model", "test"):
            return
        info, run = event.data.node_info, event.data.run_result
        nodes.append(BuiltNode(info.node_name, info.resource_type, info.node_status, run.execution_time))
        if info.resource_type == "model":
            progress(f"{info.node_name}: {info.node_status} in {run.execution_time:.1f} s")

    return report


def _failed(result: dbtRunnerResult) -> list:
    return [run for run in getattr(result.result, "results", None) or [] if run.status in _FAILED]


def _check(settings: Settings, result: dbtRunnerResult) -> None:
    if result.success:
        return
    log = _folder(settings) / "logs" / "dbt.log"
    # A server that fell over fails whatever model was being built: the model's own message would lead nowhere.
    silent = unreachable(settings)
    for run in _failed(result):
        why = silent or _first_line(run.message)
        raise BuildError(f"{run.node.resource_type} {run.node.name} failed: {why} (log: {log})")
    raise BuildError(f"{silent or _first_line(str(result.exception))} (log: {log})")


def _first_line(message: str | None) -> str:
    """The line of dbt's message that says what is wrong: the lines before it only name the node, sometimes twice.

    Where that line only names a call into Java, the exception behind it and its root cause are said instead.
    """
    lines = [line.strip() for line in (message or "no message").splitlines() if line.strip()]
    saying = [line for line in lines if not _HEADING.match(line)] or lines
    if _JAVA_CALL.match(saying[0]) and len(saying) > 1:
        causes = [line for line in saying if line.startswith("Caused by: ")]
        return "; ".join([saying[1].removeprefix(": "), *causes[-1:]])
    return saying[0]
