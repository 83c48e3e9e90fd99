"""What is told when something fails: one line with the reason."""

import subprocess
import sys

SCRIPT = """
from types import SimpleNamespace
from hm_airflow.callbacks import run_late, task_failed

task = SimpleNamespace(dag_id="hm_weekly", task_id="gates")
task_failed({"task_instance": task, "run_id": "weekly 39", "exception": "hm: Not published:\\n  overlap is 3%"})
run_late(dag_id="hm_weekly", hours=18.0, context={"dag_run": {"dag_run_id": "weekly 40"}})
"""


def test_a_failure_and_a_late_run_are_one_line_each(airflow_env, tmp_path):
    plugins = airflow_env["AIRFLOW__CORE__PLUGINS_FOLDER"]
    env = {**airflow_env, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": plugins}
    subprocess.run([sys.executable, "-c", SCRIPT], env=env, check=True)
    failed, late = (tmp_path / "alerts.log").read_text().splitlines()
    assert failed.endswith("hm_weekly.gates failed in weekly 39: hm: Not published: overlap is 3%")
    assert late.endswith("hm_weekly is late: weekly 40 was not done 18 h after it was queued")
