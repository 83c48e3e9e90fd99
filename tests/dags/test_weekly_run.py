"""The weekly chain as Airflow runs it, on a small log: to the end, again without a change, and red where a gate fails.

The slow one: eleven commands, each a process of its own, twice.
"""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import REPO
from tests.small_log import small_log

AS_OF = "2020-09-23"
ALL_BUT_THE_LAST = "^(?!gates$|publish$|report$).*$"
"""Tasks that need not run again to see what the gates do."""
SMALL = {
    "HM_SPARK_DRIVER_MEMORY": "1g",
    "HM_SPARK_JAVA_OPTIONS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dderby.system.durability=test",
    "HM_SPARK_SHUFFLE_PARTITIONS": "4",
}

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    return small_log(tmp_path_factory.mktemp("raw files"))


class Weekly:
    """Runs the DAG on one state folder."""

    def __init__(self, env: dict[str, str], home: Path, raw: Path):
        self.env = {**env, **SMALL, "HM_HOME": str(home), "HM_COMMAND": f"{sys.executable} -m hm.cli"}
        self.home, self.raw = home, raw
        self.alerts = Path(env["AIRFLOW_HOME"]) / "alerts.log"

    def run(self, *options: str, force: bool = False) -> subprocess.CompletedProcess:
        """`airflow dags test`, which runs every task here and now."""
        conf = {"raw": str(self.raw), "as_of": AS_OF, "train_weeks": 1, "force": force}
        command = ["airflow", "dags", "test", "hm_weekly", AS_OF, "--conf", json.dumps(conf), *options]
        return subprocess.run(command, env=self.env, cwd=REPO, capture_output=True, text=True)

    def states(self) -> dict[str, str]:
        """Task -> state, of the latest run."""
        with sqlite3.connect(Path(self.env["AIRFLOW_HOME"]) / "airflow.db") as db:
            (run_id,) = db.execute("select run_id from dag_run order by id desc limit 1").fetchone()
            return dict(db.execute("select task_id, state from task_instance where run_id = ?", [run_id]).fetchall())

    def hm(self, *words: str):
        done = subprocess.run(
            [sys.executable, "-m", "hm.cli", *words], env=self.env, cwd=REPO, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def judge(self, difference: float) -> None:
        """Say that the system was so much better than the best baseline."""
        (file,) = (self.home / "embedded" / "reports").glob(f"evaluation-{AS_OF}-1w.json")
        report = json.loads(file.read_text())
        report["verdict"]["difference"] = difference
        file.write_text(json.dumps(report))

    def facts(self) -> dict:
        """What a second run must leave as it is: tables and their versions, stamps, models, published runs."""
        state = self.home / "embedded" / "state"
        return {
            "tables": json.loads((state / "catalogue.json").read_text()),
            "stamps": json.loads((state / "stamps.json").read_text()),
            "models": sorted(folder.name for folder in (self.home / "embedded" / "runs").iterdir()),
            "published": self.hm("runs", "--json"),
        }


@pytest.fixture(scope="module")
def weekly(airflow_env, raw, tmp_path_factory) -> Weekly:
    """The chain after its first run."""
    made = Weekly(airflow_env, tmp_path_factory.mktemp("home"), raw)
    # The files have just been written: the sensor would wait until they are settled.
    for file in raw.iterdir():
        os.utime(file, (0, 0))
    # So few customers may well be served better by a baseline; what follows says how they were judged.
    done = made.run(force=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return made


def test_the_chain_runs_to_its_end_and_publishes(weekly):
    assert set(weekly.states().values()) == {"success"}
    (run,) = weekly.hm("runs", "--json")
    assert run["is_served"]
    assert run["as_of_date"] == AS_OF
    judged, *others = weekly.hm("gates", "--json", "--force", "--as-of", AS_OF)["gates"]
    assert judged["name"].startswith("MAP@12")
    assert {gate["verdict"] for gate in others} == {"passes"}
    assert list((weekly.home / "embedded" / "reports").glob("daily-*.html"))


def test_a_second_run_of_the_same_date_changes_nothing(weekly):
    before = weekly.facts()
    done = weekly.run(force=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert weekly.facts() == before


def test_gates_that_hold_let_the_run_go_on_to_its_report(weekly):
    weekly.judge(0.5)
    done = weekly.run("--mark-success-pattern", ALL_BUT_THE_LAST)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert set(weekly.states().values()) == {"success"}


def test_a_failing_gate_is_red_with_its_reason_and_readers_keep_what_they_have(weekly):
    before = weekly.facts()
    weekly.judge(-0.5)
    done = weekly.run("--mark-success-pattern", ALL_BUT_THE_LAST)
    assert done.returncode != 0
    states = weekly.states()
    assert states["gates"] == "failed"
    assert states["publish"] == states["report"] == "upstream_failed"
    (alert,) = weekly.alerts.read_text().splitlines()
    assert "hm_weekly.gates failed" in alert
    assert "Not published: MAP@12 of the full system" in alert
    assert weekly.facts() == before
