"""Retention, after every publication: what may go goes, and the task's log says of everything that stays why.

| | stays | because |
|---|---|---|
| landed rows, features, candidates, recommendations | all, by date | later weeks learn from them |
| published runs | the newest 5, the one readers see, the one before | readers finish in peace, the way back is one row |
| models | of the newest 8 dates, and those that ranked a published run that stays | `hm evaluate --weeks 4` uses them |
| reports | the latest of each kind; dated ones 90 days, or as long as their run | a quarter to look back at |
| versions of tables | those in use; others an hour after they were replaced | readers finish in peace |
"""

from datetime import timedelta

from airflow.sdk import Param
from hm_airflow import pools
from hm_airflow.assets import PUBLISHED
from hm_airflow.commands import HmOperator
from hm_airflow.defaults import hm_dag, number

PARAMS = {
    "keep_runs": number(5, 2, 100, "Published runs", "Newest published runs that stay"),
    "keep_models": number(8, 1, 500, "Models", "Newest as-of dates whose model stays"),
    "keep_report_days": number(90, 1, 3650, "Days of reports", "Days that dated reports stay"),
    "dry_run": Param(False, type="boolean", title="Dry run", description="Remove nothing; say what would go"),
}

with hm_dag(
    "hm_retention",
    schedule=[PUBLISHED],
    params=PARAMS,
    deadline=timedelta(hours=2),
    dagrun_timeout=timedelta(hours=4),
    doc_md=__doc__,
):
    HmOperator(
        task_id="retain",
        command="retain --keep-runs {{ params.keep_runs }} --keep-models {{ params.keep_models }}"
        " --keep-report-days {{ params.keep_report_days }}{{ ' --dry-run' if params.dry_run }}",
        execution_timeout=timedelta(hours=1),
        # It waits for the chain's steps here rather than for their lock.
        **pools.WAREHOUSE,
    )
