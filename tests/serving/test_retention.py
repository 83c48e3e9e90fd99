"""What goes and what stays: nothing that readers see, that a rollback returns to, or that ranked a run that stays."""

import os
import time
from datetime import timedelta

import pytest
from small_warehouse import AS_OF

from hm.retention import retain
from warehouse.serving import runs
from warehouse.stamps import Stamps


@pytest.fixture
def home(settings, tmp_path):
    """Settings of a state folder of this test alone; the store is the test process's one."""
    return settings.model_copy(update={"home": tmp_path})


def model(home, name: str, stamped: bool = True) -> None:
    (home.runs_dir / name).mkdir(parents=True)
    (home.runs_dir / name / "model.txt").touch()
    if stamped:
        Stamps(home).set(f"train:{name[:10]}", {}, {"run_id": name})


def report(home, name: str, days_old: int) -> None:
    home.reports_dir.mkdir(parents=True, exist_ok=True)
    (home.reports_dir / name).touch()
    then = time.time() - days_old * 86_400
    os.utime(home.reports_dir / name, (then, then))


def gone(found, kind: str) -> set[str]:
    return {item.name for item in found if item.kind == kind and not item.stays}


def test_models_of_the_newest_dates_and_of_kept_runs_stay(home, store, publish_it):
    days = [AS_OF - timedelta(days=7 * weeks) for weeks in range(5)]
    for day in days:
        model(home, f"{day}-model")
    model(home, f"{AS_OF}-replaced", stamped=False)
    publish_it(model_run=f"{days[4]}-model")
    found = retain(home, store, keep_models=2)
    assert gone(found, "model") == {f"{AS_OF}-replaced", f"{days[2]}-model", f"{days[3]}-model"}
    assert {f.name for f in home.runs_dir.iterdir()} == {f"{day}-model" for day in (days[0], days[1], days[4])}
    why = {item.name: item.why for item in found if item.kind == "model"}
    assert why[f"{days[4]}-model"] == "it ranked run 1"
    assert why[f"{AS_OF}-replaced"] == "not, or no longer, the model of its date"


def test_reports_stay_for_a_while_or_with_their_run(home, store, publish_it):
    publish_it()
    for name in ("quality-landed.html", f"evaluation-{AS_OF}-1w.json", "evaluation-2020-01-01-1w.json"):
        report(home, name, days_old=91)
    report(home, "daily-2020-12-01.html", days_old=89)
    assert gone(retain(home, store), "report") == {"evaluation-2020-01-01-1w.json"}
    assert {f.name for f in home.reports_dir.iterdir()} == {
        "quality-landed.html",
        f"evaluation-{AS_OF}-1w.json",
        "daily-2020-12-01.html",
    }


def test_the_served_run_and_the_way_back_stay_however_few_are_kept(home, store, publish_it, warehouse):
    for marker in "abcd":
        warehouse.fill(marker)
        publish_it()
    runs.rollback(store, to=2)
    stay = runs.kept(store, keep=1)
    assert stay == {4: "one of the newest 1", 2: "readers see it", 1: "a rollback returns to it"}
    assert gone(retain(home, store, keep_runs=1), "published run") == {"3"}
    assert {run.run for run in runs.runs(store) if run.is_kept} == {1, 2, 4}
    assert runs.rollback(store).run == 1


def test_a_dry_run_says_the_same_and_removes_nothing(home, store, publish_it, warehouse):
    for marker in "abc":
        warehouse.fill(marker)
        publish_it()
    model(home, "2020-01-01-old", stamped=False)
    report(home, "daily-2020-01-01.html", days_old=100)
    said = [i for i in retain(home, store, keep_runs=1, dry_run=True) if i.kind != "table versions"]
    assert (home.runs_dir / "2020-01-01-old").is_dir()
    assert {run.run for run in runs.runs(store) if run.is_kept} == {1, 2, 3}
    assert said == [i for i in retain(home, store, keep_runs=1) if i.kind != "table versions"]
    assert gone(said, "published run") == {"1"}
    assert not (home.runs_dir / "2020-01-01-old").exists()
