"""What every DAG of the house has, so that a DAG's file says only what is its own."""

import sys
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, DeadlineAlert, DeadlineReference, Param
from airflow.sdk.definitions.callback import SyncCallback

from hm_airflow import callbacks
from hm_airflow.commands import FILTERS, MACROS
from hm_airflow.environment import ENV

RETRIES = {
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(hours=1),
}
"""Against what heals by itself: a store that another command holds, a service that starts again."""
NO_RETRY = {"retries": 0}
"""For verdicts: asked again they say the same."""
ONE_TEST_RUN = sys.argv[1:3] == ["dags", "test"]
"""Airflow 3.3.2 ends a successful `airflow dags test` with a stack trace where the DAG has a deadline."""


def hm_dag(dag_id: str, *, deadline: timedelta, **kwargs) -> DAG:
    """A DAG with the house's defaults.

    Args:
        deadline: from queueing to the end; who is late is reported, and goes on.
    """
    late = {"dag_id": dag_id, "hours": deadline / timedelta(hours=1)}
    callback = SyncCallback(callbacks.run_late, kwargs=late)
    alert = DeadlineAlert(reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=deadline, callback=callback)
    return DAG(
        dag_id,
        default_args={"owner": "hm", "on_failure_callback": callbacks.task_failed, **RETRIES},
        # The first Monday of H&M's log: any week of it can be backfilled.
        start_date=datetime(2018, 9, 24, tzinfo=UTC),
        # Missed weeks are asked for by a backfill, never caught up with unasked.
        catchup=False,
        # Every run works on the same tables.
        max_active_runs=1,
        deadline=None if ONE_TEST_RUN else alert,
        user_defined_macros=MACROS,
        user_defined_filters=FILTERS,
        tags=["hm", ENV],
        **kwargs,
    )


def number(default: int, lowest: int, highest: int, title: str, description: str) -> Param:
    """A whole number in the form."""
    return Param(default, type="integer", minimum=lowest, maximum=highest, title=title, description=description)
