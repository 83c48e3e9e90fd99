"""The DAGs as Airflow parses them: nothing missing, nothing unlisted, every command as it was committed.

`HM_REBUILD_EXPECTED=1 pytest tests/dags/test_dags.py` writes the expected commands anew.
"""

import ast
import json
import os
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from hm.cli import app
from infra.settings import REPO

HERE = Path(__file__).parent
AIRFLOW = REPO / "airflow"
ENVIRONMENTS = ["embedded", "local"]

BEFORE = ["wait_for_raw_files", "land", "quality"]
AFTER = ["candidates", "train", "evaluate", "recommend", "gates", "publish", "report"]


def models() -> set[str]:
    """Tasks of dbt's models, and the one of its tests."""
    names = {file.stem for file in (REPO / "dbt_project" / "models").rglob("*.sql")}
    return {f"features.models.{name}_run" for name in names} | {"features.models.dbt_project_test"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_dags_are_these_and_their_tasks_are_these(parsed, environment):
    found = parsed(environment)
    assert found["import_errors"] == {}
    tasks = {dag_id: set(dag["tasks"]) for dag_id, dag in found["dags"].items()}
    features = {"build"} if environment == "embedded" else {"features.plan", "features.built"} | models()
    assert tasks == {
        "hm_weekly": {*BEFORE, *features, *AFTER},
        "hm_daily_report": {"land_events", "report"},
        "hm_retention": {"retain"},
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_command_is_the_committed_one(parsed, environment):
    lines = []
    for dag_id, dag in parsed(environment)["dags"].items():
        for form in ("commands", "commands_asked"):
            heading = "as it comes" if form == "commands" else "with the form filled in"
            lines += [f"# {dag_id}, {heading}"]
            lines += [f"{task}: {command}" for task, command in dag[form].items() if command]
    text = "\n".join(lines).replace(str(REPO), "CHECKOUT") + "\n"
    file = HERE / f"commands.{environment}.txt"
    if os.environ.get("HM_REBUILD_EXPECTED"):
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_hm_command_is_one_that_hm_takes(parsed, environment):
    seen = set()
    for dag in parsed(environment)["dags"].values():
        for command in (*dag["commands"].values(), *dag["commands_asked"].values()):
            words = shlex.split(command.split(" && ")[-1]) if command else []
            if words[:1] != ["hm"]:
                continue
            step = get_command(app).commands[words[1]]
            step.make_context(words[1], words[2:])  # an unknown option or a bad value raises
            seen.add(words[1])
    assert {"ready", "land", "quality", "build", "gates", "publish", "retain"} <= seen


def test_the_steps_follow_one_another(parsed):
    tasks = parsed("embedded")["dags"]["hm_weekly"]["tasks"]
    order = [*BEFORE, "build", *AFTER]
    assert {task: tasks[task]["upstream"] for task in order} == {
        task: [before] if before else [] for before, task in zip([None, *order[:-1]], order, strict=True)
    }


def test_dbt_models_stand_between_plan_and_built_in_the_order_of_their_refs(parsed):
    tasks = parsed("local")["dags"]["hm_weekly"]["tasks"]

    def above(task: str) -> set[str]:
        return {task}.union(*(above(upstream) for upstream in tasks[task]["upstream"]))

    assert models() < above("features.built")
    for model in models():
        assert "features.plan" in above(model)
    assert "features.models.int_customer_daily_run" in above("features.models.customer_features_run")
    assert models() - {"features.models.dbt_project_test"} < above("features.models.dbt_project_test")
    # Nothing due skips the models, and what follows goes on.
    assert tasks["features.built"]["trigger_rule"].lower().endswith("none_failed")


def work(dag: dict) -> dict[str, dict]:
    """The tasks that run something."""
    return {name: task for name, task in dag["tasks"].items() if task["type"] != "EmptyOperator"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_opens_the_same_store_runs_one_at_a_time_and_two_models_share_the_thrift_server(parsed, environment):
    slots = {name: pool["slots"] for name, pool in json.loads((AIRFLOW / "pools.json").read_text()).items()}
    store, warehouse = ("hm_chdb", "hm_derby") if environment == "embedded" else ("default_pool", "hm_spark")
    for dag in parsed(environment)["dags"].values():
        for name, task in work(dag).items():
            if name == "wait_for_raw_files":
                wanted = ("default_pool", 1)
            elif name in ("gates", "publish", "report"):
                wanted = (store, 1)
            elif name in models():
                wanted = (warehouse, slots[warehouse] / 2)
            else:
                wanted = (warehouse, slots[warehouse])
            assert (task["pool"], task["pool_slots"]) == wanted, name
    assert slots["hm_chdb"] == slots["hm_derby"] == 1
    assert yaml.safe_load((REPO / "dbt_project" / "profiles.yml").read_text())["hm"]["outputs"]["local"]["threads"] == 2


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_task_ends_by_a_time_and_tries_again_unless_it_is_a_verdict(parsed, environment):
    for dag in parsed(environment)["dags"].values():
        assert dag["deadline_h"] < dag["dagrun_timeout_h"]
        assert dag["deadline_callback"] == "hm_airflow.callbacks.run_late"
        assert dag["max_active_runs"] == 1
        assert dag["catchup"] is False
        assert len(dag["doc"]) > 100
        for name, task in work(dag).items():
            assert 0 < task["limit_h"] <= 12, name
            assert task["on_failure"] == ["task_failed"], name
            assert task["retries"] == (0 if name == "gates" else 2), name
            assert task["retry_backoff"] == 2.0, name
            assert task["retry_delay_s"] == 300, name


def test_a_publication_is_what_retention_waits_for(parsed):
    dags = parsed("embedded")["dags"]
    outlets = {name: task["outlets"] for name, task in dags["hm_weekly"]["tasks"].items() if task["outlets"]}
    assert outlets == {"publish": ["hm_published"]}
    assert "hm_published" in dags["hm_retention"]["schedule"]
    assert dags["hm_weekly"]["schedule"] == "0 6 * * 1"
    assert dags["hm_daily_report"]["schedule"] == "0 7 * * *"


def test_the_waiting_holds_no_worker_and_the_form_says_what_it_asks(parsed):
    weekly = parsed("embedded")["dags"]["hm_weekly"]
    assert weekly["tasks"]["wait_for_raw_files"]["mode"] == "reschedule"
    assert set(weekly["params"]) == {"raw", "as_of", "train_weeks", "force"}
    assert weekly["params"]["as_of"]["format"] == "date"
    assert weekly["params"]["force"]["type"] == "boolean"
    for dag in parsed("embedded")["dags"].values():
        assert all(schema["title"] for schema in dag["params"].values())


def test_dags_import_nothing_of_what_they_run():
    files = [*AIRFLOW.rglob("*.py")]
    assert len(files) > 8
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            ours = {name.split(".")[0] for name in names} & {"infra", "warehouse", "models", "spark_jobs", "hm"}
            assert not ours, f"{file} imports {ours}"


def test_no_package_stands_in_the_way_of_airflow_itself():
    assert not (AIRFLOW / "__init__.py").exists()
