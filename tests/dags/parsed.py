"""Writes down, as JSON, the DAGs as Airflow parses them and every command as it would run.

A script, run in a process per environment: Airflow reads its configuration when it is imported, and HM_ENV decides what the
DAGs are.
"""

import json
import shlex
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from airflow.dag_processing.dagbag import DagBag

LOGICAL_DATE = datetime(2020, 9, 24, 6, tzinfo=UTC)
"""A Thursday: its week begins on 2020-09-21."""
FORM = {"raw": "/data/week 39", "as_of": "2020-09-23", "train_weeks": 4, "force": True, "dry_run": True}
VARIABLES = '{"as_of_dates": ["2020-09-21"]}'


def main(dags_folder: str, out: str) -> None:
    """All DAGs of a folder: structure, and commands with the form's defaults and with the form filled in."""
    bag = DagBag(dags_folder)
    dags = {dag_id: described(dag) for dag_id, dag in sorted(bag.dags.items())}
    Path(out).write_text(json.dumps({"import_errors": bag.import_errors, "dags": dags}, indent=1))


def described(dag) -> dict:
    """What the tests ask of a DAG."""
    (deadline,) = dag.deadline
    asked = {name: FORM[name] for name in dag.params if name in FORM}
    return {
        "schedule": str(getattr(dag.timetable, "expression", None) or dag.timetable.asset_condition),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "dagrun_timeout_h": hours(dag.dagrun_timeout),
        "deadline_h": hours(deadline.interval),
        "deadline_callback": deadline.callback.path,
        "doc": dag.doc_md,
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
        "tasks": {task.task_id: task_of(task) for task in dag.tasks},
        "commands": {task.task_id: command(task, dag, {}) for task in dag.tasks},
        "commands_asked": {task.task_id: command(task, dag, asked) for task in dag.tasks},
    }


def task_of(task) -> dict:
    """What the tests ask of a task."""
    return {
        "type": type(task).__name__,
        "upstream": sorted(task.upstream_task_ids),
        "pool": task.pool,
        "pool_slots": task.pool_slots,
        "retries": task.retries,
        "retry_delay_s": task.retry_delay.total_seconds(),
        "retry_backoff": task.retry_exponential_backoff,
        "limit_h": hours(task.execution_timeout) or hours(timedelta(seconds=getattr(task, "timeout", 0) or 0)),
        "mode": getattr(task, "mode", None),
        "on_failure": [callback.__name__ for callback in task.on_failure_callback],
        "outlets": [asset.name for asset in task.outlets],
        "trigger_rule": str(task.trigger_rule),
    }


def hours(span: timedelta | None) -> float | None:
    """A span in hours."""
    return span / timedelta(hours=1) if span else None


def command(task, dag, asked: dict) -> str | None:
    """The command line of a task for one logical date, with some of the form filled in; None where it runs none."""
    context = {
        "params": {**{name: dag.params[name] for name in dag.params}, **asked},
        "dag_run": SimpleNamespace(logical_date=LOGICAL_DATE, run_after=LOGICAL_DATE),
        "ti": SimpleNamespace(xcom_pull=lambda task_ids: VARIABLES if task_ids == "features.plan" else None),
    }
    environment = dag.get_template_env()
    if hasattr(task, "bash_command"):
        return task.render_template(task.bash_command, context, environment)
    if not hasattr(task, "base_cmd"):
        return None
    variables = task.render_template(task.vars, context, environment)
    chosen = ["--select", task.select] if task.select else []
    words = ["dbt", *task.base_cmd, *chosen, "--target", task.profile_config.target_name, "--vars", variables]
    return " ".join([*(f"{name}={value}" for name, value in sorted(task.env.items())), shlex.join(words)])


if __name__ == "__main__":
    main(*sys.argv[1:])
