"""Airflow's three services, and its database before their first start (`python -m infra.local.airflow`).

No triggerer: the DAGs' sensors wait in reschedule mode and their deadlines call back through the executor.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from string import Template

from dotenv import dotenv_values

from infra.local.service import Service, get
from infra.settings import REPO, Settings, get_settings

POOLS = REPO / "airflow" / "pools.json"
SCRIPT = str(Path(sys.executable).with_name("airflow"))
"""Not `python -m airflow`, which would look for the package in the working folder first, where an `airflow` is."""


def variables(home: Path) -> dict[str, str]:
    """airflow/airflow.env, filled in for a folder of Airflow's own."""
    known = {"HM_REPO": str(REPO), "AIRFLOW_HOME": str(home)}
    given = dotenv_values(REPO / "airflow" / "airflow.env", interpolate=False)
    return known | {name: Template(value).substitute(known) for name, value in given.items()}


def home(settings: Settings) -> Path:
    """Airflow's database, logs and alerts: below this environment's data, whatever AIRFLOW_HOME the user has."""
    return settings.data_root / "airflow"


def environment(settings: Settings) -> dict[str, str]:
    """What Airflow's processes get beside the settings; where the user has set one of Airflow's options, that one."""
    server = {
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{_url(settings)}/execution/",
        # Its default is one folder of the machine for everybody.
        "AIRFLOW__COSMOS__CACHE_DIR": str(home(settings) / "cosmos"),
    }
    ours = variables(home(settings)) | server
    return ours | {name: os.environ[name] for name in ours if name.startswith("AIRFLOW__") and name in os.environ}


def _url(settings: Settings) -> str:
    return f"http://{settings.airflow_host}:{settings.airflow_port}"


def _airflow(*arguments: str) -> Callable[[Settings], list[str]]:
    return lambda settings: [SCRIPT, *arguments]


def _waits(part: str) -> Callable[[Settings], str | None]:
    """Whether the API server knows of a living part: one that starts, or died, has no fresh heartbeat in the database."""

    def why_not(settings: Settings) -> str | None:
        status = json.loads(get(f"{_url(settings)}/api/v2/monitor/health"))[part]["status"]
        return None if status == "healthy" else f"Airflow's API server finds its {part} {status or 'not started'}"

    return why_not


def _due(settings: Settings) -> str | None:
    """What the database is to be prepared for; None where it was."""
    wanted = f"{version('apache-airflow')} {hashlib.sha256(POOLS.read_bytes()).hexdigest()}"
    note, database = _note(settings), home(settings) / "airflow.db"
    return None if database.exists() and note.exists() and note.read_text() == wanted else wanted


def _note(settings: Settings) -> Path:
    return home(settings) / "prepared"


def _prepare(settings: Settings) -> list[str] | None:
    """The command that makes Airflow's tables and pools, where they are not those of this release and this pools.json."""
    return [sys.executable, "-m", "infra.local.airflow"] if _due(settings) else None


def main() -> None:
    settings = get_settings()
    wanted = _due(settings)
    for arguments in (("db", "migrate"), ("pools", "import", str(POOLS))):
        subprocess.run(_airflow(*arguments)(settings), check=True)
    if wanted:
        _note(settings).write_text(wanted)


SERVICES = [
    Service(
        "airflow-apiserver",
        "Airflow API server",
        lambda s: {"HM_AIRFLOW_PORT": s.airflow_port},
        _airflow("api-server"),
        _waits("metadatabase"),
        prepare=_prepare,
        env=environment,
        is_core=False,
    ),
    Service(
        "airflow-dag-processor",
        "Airflow DAG processor",
        lambda s: {},
        _airflow("dag-processor"),
        _waits("dag_processor"),
        env=environment,
        is_core=False,
    ),
    Service(
        "airflow-scheduler",
        "Airflow scheduler",
        lambda s: {},
        # Its log server would listen on every address; the API server reads the logs from AIRFLOW_HOME.
        _airflow("scheduler", "--skip-serve-logs"),
        _waits("scheduler"),
        env=environment,
        is_core=False,
    ),
]


if __name__ == "__main__":
    main()
