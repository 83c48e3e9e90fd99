"""The weekly chain: from raw files to published recommendations.

Waits for the raw files, lands them, checks what landed, builds features, generates candidates, trains, judges, recommends,
meets the gates, publishes, reports. Every task is one `hm` command, on `local` and `cluster` one dbt model; what is done is
skipped, so a second run of a date changes nothing. A failing gate ends the run red with its reason in one line; readers keep
the publication before.

The as-of date, the first day that may not be seen, is the Monday on or before the run's logical date, or the one asked for
in the form: ask for one where the log ended long ago. Switched on, the DAG runs the last Monday at once.

Past weeks, one at a time and oldest first, without taking readers back (the Mondays of 7, 14 and 21 September):

    airflow backfill create --dag-id hm_weekly --from-date 2020-09-07 --to-date 2020-09-22 --max-active-runs 1
"""

from datetime import timedelta

from airflow.sdk import Param, chain
from hm_airflow import pools
from hm_airflow.assets import PUBLISHED
from hm_airflow.commands import AS_OF, FORCE, RAW_FOLDER, TRAIN_WEEKS, HmOperator, HmSensor
from hm_airflow.defaults import NO_RETRY, hm_dag, number
from hm_airflow.environment import RAW
from hm_airflow.features import build_features

PARAMS = {
    "raw": Param(
        RAW, type="string", minLength=1, title="Raw folder", description="Folder of the CSV files (.csv or .csv.gz)"
    ),
    "as_of": Param(
        None,
        type=["null", "string"],
        format="date",
        title="As-of date",
        description="First day that may not be seen; empty: the Monday on or before the run's logical date",
    ),
    "train_weeks": number(8, 1, 52, "Train weeks", "Label weeks to learn from"),
    "force": Param(False, type="boolean", title="Force", description="Publish although a gate fails"),
}

with hm_dag(
    "hm_weekly",
    schedule="0 6 * * 1",
    params=PARAMS,
    # Midnight: lists of a Monday are there on Tuesday, also where the files come late in the day.
    deadline=timedelta(hours=18),
    dagrun_timeout=timedelta(hours=36),
    doc_md=__doc__,
):
    warehouse, store = pools.WAREHOUSE, pools.STORE
    wait = HmSensor(
        task_id="wait_for_raw_files",
        command=f"ready {RAW_FOLDER} --settled 60",
        poke_interval=timedelta(minutes=5),
        timeout=timedelta(hours=12),
    )
    land = HmOperator(
        task_id="land", command=f"land {RAW_FOLDER} --unchecked", execution_timeout=timedelta(hours=4), **warehouse
    )
    quality = HmOperator(task_id="quality", command="quality", execution_timeout=timedelta(hours=1), **warehouse)
    features = build_features()
    candidates, train, evaluate, recommend = (
        HmOperator(
            task_id=step, command=f"{step} {AS_OF} {TRAIN_WEEKS}", execution_timeout=timedelta(hours=hours), **warehouse
        )
        for step, hours in (("candidates", 8), ("train", 4), ("evaluate", 4), ("recommend", 8))
    )
    gates = HmOperator(
        task_id="gates", command=f"gates {AS_OF}{FORCE}", execution_timeout=timedelta(hours=1), **NO_RETRY, **store
    )
    publish = HmOperator(
        task_id="publish",
        command=f"publish {AS_OF} --if-newest{FORCE}",
        execution_timeout=timedelta(hours=2),
        outlets=[PUBLISHED],
        **store,
    )
    report = HmOperator(task_id="report", command="report", execution_timeout=timedelta(minutes=30), **store)

    chain(wait, land, quality, features, candidates, train, evaluate, recommend, gates, publish, report)
