"""Tasks that run one `hm` command each, and the templates of its options."""

import shlex
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.bash import BashSensor
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from hm_airflow.environment import HM, REPO

AS_OF = "--as-of {{ as_of(params, dag_run) }}"
TRAIN_WEEKS = "--train-weeks {{ params.train_weeks }}"
RAW_FOLDER = "{{ params.raw | quote }}"
FORCE = "{{ ' --force' if params.force }}"
"""Stands right behind the word before it: without force the command ends there."""


def as_of(params, dag_run) -> str:
    """The date that was asked for, else the Monday on or before the run's logical date."""
    if params.get("as_of"):
        return params["as_of"]
    moment: datetime = dag_run.logical_date or dag_run.run_after
    return (moment - timedelta(days=moment.weekday())).strftime("%Y-%m-%d")


MACROS = {"as_of": as_of}
FILTERS = {"quote": shlex.quote}


class HmOperator(BashOperator):
    """One `hm` command in the checkout; where it fails, the task's exception is the command's own last line."""

    def __init__(self, *, command: str, **kwargs):
        super().__init__(bash_command=f"{HM} {command}", cwd=str(REPO), **{"do_xcom_push": False, **kwargs})

    def execute(self, context):
        result = self.subprocess_hook.run_command(
            command=["bash", "-c", self.bash_command], env=self.get_env(context), cwd=self.cwd
        )
        if result.exit_code in self.skip_on_exit_code:
            raise AirflowSkipException(result.output)
        if result.exit_code:
            raise AirflowException(result.output or f"{self.bash_command} ended with exit code {result.exit_code}")
        return result.output


class HmSensor(BashSensor):
    """Waits until an `hm` command ends well; between two tries it holds no worker."""

    def __init__(self, *, command: str, **kwargs):
        super().__init__(bash_command=f"cd {shlex.quote(str(REPO))} && {HM} {command}", mode="reschedule", **kwargs)
