"""What is told when a task fails or a run is late: one line to the log, and to AIRFLOW_HOME/alerts.log."""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger(__name__)


def task_failed(context) -> None:
    """A task has failed for good: which, of what run, and the command's own last line."""
    instance = context["task_instance"]
    alert(f"{instance.dag_id}.{instance.task_id} failed in {context['run_id']}: {context.get('exception')}")


def run_late(dag_id: str, hours: float, context=None) -> None:
    """A run has not ended by its deadline."""
    run = (context or {}).get("dag_run") or {}
    run_id = run.get("dag_run_id") or run.get("run_id") if isinstance(run, dict) else run.run_id
    alert(f"{dag_id} is late: {run_id or 'a run'} was not done {hours:g} h after it was queued")


def alert(line: str) -> None:
    """One line to the log and to the file of alerts."""
    line = " ".join(line.split())
    log.error(line)
    file = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "alerts.log"
    with file.open("a") as out:
        out.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}\n")
