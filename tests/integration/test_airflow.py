"""Airflow beside the stack: every part alive, the DAGs without an import error, the dashboard's page with its program."""

import re
import time
from collections.abc import Iterator

import pytest
import requests

from infra.local.airflow import SERVICES
from infra.local.processes import Processes
from infra.settings import REPO
from tests.stack import RunningStack

DAGS = {"hm_weekly", "hm_daily_report", "hm_retention"}
PARSED_S = 180
"""Longest wait for the first parse, in which Cosmos asks dbt for its models."""


class Dashboard(requests.Session):
    """Airflow's API server, every request with the token that it gives to whoever is on this machine."""

    def __init__(self, url: str):
        super().__init__()
        self.url = url
        self.headers["Authorization"] = f"Bearer {self.get(f'{url}/auth/token', timeout=30).json()['access_token']}"

    def ask(self, path: str) -> dict:
        answer = self.get(f"{self.url}/api/v2/{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="module")
def dashboard(running_stack: RunningStack) -> Iterator[Dashboard]:
    """Airflow, up for the tests of this file only: its DAG processor would take time from the others."""
    running_stack.finish("infra.local", "up", *(word for service in SERVICES for word in ("--with", service.name)))
    yield Dashboard(f"http://127.0.0.1:{running_stack.settings.airflow_port}")
    for service in reversed(SERVICES):
        Processes(running_stack.settings).stop(service)


def test_every_part_is_alive_and_listed_with_the_stack(dashboard, running_stack):
    health = dashboard.ask("monitor/health")
    alive = {part for part, said in health.items() if said["status"] == "healthy"}
    assert alive == {"metadatabase", "scheduler", "dag_processor"}
    status = running_stack.status()
    assert [status[service.name]["why_not"] for service in SERVICES] == [None] * len(SERVICES)


def test_the_dags_are_ours_each_dbt_model_is_a_task_and_nothing_failed_to_import(dashboard):
    deadline, listed, errors = time.monotonic() + PARSED_S, set(), []
    while time.monotonic() < deadline and len(listed) + len(errors) < len(DAGS):
        time.sleep(1)
        listed = {dag["dag_id"] for dag in dashboard.ask("dags")["dags"]}
        errors = dashboard.ask("importErrors")["import_errors"]
    assert errors == []
    assert listed == DAGS
    tasks = {task["task_id"] for task in dashboard.ask("dags/hm_weekly/tasks")["tasks"]}
    models = {file.stem for file in (REPO / "dbt_project" / "models").rglob("*.sql")}
    assert models
    assert {f"features.models.{model}_run" for model in models} <= tasks


def test_the_page_loads_with_its_program(dashboard):
    page = requests.get(dashboard.url, timeout=30)
    assert page.status_code == 200 and "<title>" in page.text
    (program,) = re.findall(r'<script type="module"[^>]* src="([^"]+\.js)"', page.text)
    script = requests.get(requests.compat.urljoin(page.url, program), timeout=30)
    assert script.status_code == 200 and "javascript" in script.headers["Content-Type"]
    assert len(script.content) > 10_000
