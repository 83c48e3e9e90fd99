"""Airflow in processes of its own, with the project's airflow.env on a database of this test session."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.airflow import variables
from infra.settings import REPO

BIN = REPO / ".venv" / "bin"


@pytest.fixture(scope="session")
def airflow_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment Airflow's processes get: the project's, on an initialised database and with its pools."""
    home = tmp_path_factory.mktemp("airflow")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "HM_"))}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    env = {**clean, **variables(home), "PATH": path, "PYTHONPATH": str(REPO), "HM_ENV": "embedded"}
    for command in (["db", "migrate"], ["pools", "import", str(REPO / "airflow" / "pools.json")]):
        done = subprocess.run([BIN / "airflow", *command], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return env


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's manifest of the project."""
    folder = tmp_path_factory.mktemp("dbt")
    where = ["--target", "embedded", "--target-path", str(folder), "--log-path", str(folder)]
    subprocess.run([BIN / "dbt", "parse", "--quiet", *where], cwd=REPO / "dbt_project", check=True)
    return folder / "manifest.json"


@pytest.fixture(scope="session")
def parsed(airflow_env, manifest, tmp_path_factory) -> Callable[[str], dict]:
    """The DAGs of an environment (parsed.py), `hm` called by its bare name."""
    found: dict[str, dict] = {}

    def call(environment: str) -> dict:
        if environment not in found:
            out = tmp_path_factory.mktemp("parsed") / "dags.json"
            env = {**airflow_env, "HM_ENV": environment, "HM_COMMAND": "hm", "HM_DBT_MANIFEST": str(manifest)}
            script = [sys.executable, Path(__file__).with_name("parsed.py"), REPO / "airflow" / "dags", out]
            done = subprocess.run(script, env=env, capture_output=True, text=True, cwd=REPO)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
            found[environment] = json.loads(out.read_text())
        return found[environment]

    return call
