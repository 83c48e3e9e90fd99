"""What customers did into the warehouse, and the daily report: quality, sources, customers, experiments, gates, data, runs.

The page lies under HM_HOME/<env>/reports as daily-<date>.html, with the same as JSON beside it. A report of a day is written
anew by every run of that day.
"""

from datetime import timedelta

from hm_airflow import pools
from hm_airflow.commands import HmOperator
from hm_airflow.defaults import hm_dag

with hm_dag(
    "hm_daily_report",
    schedule="0 7 * * *",
    deadline=timedelta(hours=2),
    dagrun_timeout=timedelta(hours=4),
    doc_md=__doc__,
):
    # Neither waits for the other: events that do not land are no reason to go without the page, and the run is red anyway.
    HmOperator(task_id="land_events", command="events land", execution_timeout=timedelta(minutes=30), **pools.WAREHOUSE)
    HmOperator(task_id="report", command="report", execution_timeout=timedelta(minutes=30), **pools.STORE)
