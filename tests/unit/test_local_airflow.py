"""Airflow's services without Airflow: what they are started with, and when its database is prepared."""

import json
from pathlib import Path

import pytest

from infra.local import airflow
from infra.local.services import NOT_YET, SERVICES
from infra.settings import REPO, get_settings


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.setenv("HM_ENV", "local")
    monkeypatch.setenv("HM_HOME", str(tmp_path))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def test_airflow_is_asked_for_by_name_and_its_parts_start_after_what_its_tasks_use():
    names = [service.name for service in SERVICES]
    ours = [service.name for service in airflow.SERVICES]
    assert names[-len(ours) :] == ours == ["airflow-apiserver", "airflow-dag-processor", "airflow-scheduler"]
    assert not any(service.is_core for service in airflow.SERVICES)


def test_the_server_listens_where_the_settings_say_and_the_tasks_find_it_there(settings):
    given = airflow.environment(settings)
    assert given["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert given["AIRFLOW__API__PORT"] == str(settings.airflow_port)
    assert given["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"http://127.0.0.1:{settings.airflow_port}/execution/"
    assert given["AIRFLOW__CORE__DAGS_FOLDER"] == str(REPO / "airflow" / "dags")


def test_an_airflow_of_the_users_own_is_left_alone_and_an_option_of_theirs_holds(settings, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", "/home/me/airflow")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "1")
    given = airflow.environment(settings)
    assert Path(given["AIRFLOW_HOME"]) == settings.root / "airflow"
    assert given["AIRFLOW__CORE__PARALLELISM"] == "1"


def test_a_folder_may_have_any_name():
    assert airflow.variables(Path("/tmp/my warehouse #1"))["AIRFLOW_HOME"] == "/tmp/my warehouse #1"


def test_the_database_is_prepared_once_and_again_where_the_pools_changed(settings, monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(airflow.subprocess, "run", lambda command, check: ran.append(command[1:3]))
    prepare = airflow.SERVICES[0].prepare
    assert prepare(settings)
    airflow.home(settings).mkdir(parents=True)
    (airflow.home(settings) / "airflow.db").touch()
    airflow.main()
    assert ran == [["db", "migrate"], ["pools", "import"]]
    assert prepare(settings) is None
    pools = tmp_path / "pools.json"
    pools.write_text("{}")
    monkeypatch.setattr(airflow, "POOLS", pools)
    assert prepare(settings)


@pytest.mark.parametrize(
    ("status", "why"), [("healthy", None), ("unhealthy", "unhealthy"), (None, "finds its scheduler not started")]
)
def test_a_part_is_ready_once_the_server_knows_it_alive(settings, monkeypatch, status, why):
    answer = json.dumps({"scheduler": {"status": status}}).encode()
    monkeypatch.setattr(airflow, "get", lambda url: answer)
    said = airflow.SERVICES[2].why_not_ready(settings)
    assert said is None if why is None else why in said


def test_a_server_that_is_not_there_is_waited_for(settings):
    closed = settings.model_copy(update={"airflow_port": 1})
    with pytest.raises(NOT_YET):
        airflow.SERVICES[1].why_not_ready(closed)
