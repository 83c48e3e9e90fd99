"""Superset as a plain process on loopback: a database of its own below HM_HOME, the assets imported, then gunicorn.

That database can be thrown away: it is made anew whenever the assets have changed, since an import leaves in it what was
removed from the files.
"""

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from infra.errors import UserError
from infra.locks import LOOPBACK
from infra.settings import REPO, Settings

HERE = Path(__file__).parent
VENV = REPO / ".venv-superset"
INIT = REPO / "infra" / "docker" / "superset_init.sh"
LOOK_S = 1.0
START_S = 600
STOP_S = 15
_GUNICORN = ("--workers", "1", "--threads", "4", "--worker-class", "gthread", "--timeout", "300")


class DashboardsError(UserError):
    """Superset cannot be started, or has ended."""


@dataclass(frozen=True)
class Store:
    """What Superset reads.

    Attributes:
        uri: SQLAlchemy's address of ClickHouse, without the password.
        is_there: False once it cannot answer any more.
        gone: what to say then.
    """

    uri: str
    password: str
    is_there: Callable[[], bool] = lambda: True
    gone: str = ""


def check_port(settings: Settings) -> None:
    """Whether Superset can listen, before anything is held or made.

    Raises:
        DashboardsError: it cannot.
    """
    try:
        socket.create_server((LOOPBACK, settings.superset_port)).close()
    except OSError as error:
        raise DashboardsError(
            f"Nobody can listen on {LOOPBACK}:{settings.superset_port} ({error}); set HM_SUPERSET_PORT to a free one."
        ) from error


def serve(settings: Settings, store: Store, say: Callable[[str], None]) -> None:
    """Import what has changed and answer until Ctrl-C, SIGTERM or the store's end; no process stays behind.

    Raises:
        DashboardsError: the import or the server failed, or the store has gone.
    """
    home = settings.root / "superset"
    home.mkdir(parents=True, exist_ok=True)
    login = _login(home)
    env = _environment(home, store, login)
    _import(home, env, say)
    address, log = f"http://{LOOPBACK}:{settings.superset_port}", home / "server.log"
    gunicorn = [str(VENV / "bin" / "gunicorn"), *_GUNICORN, "--bind", f"{LOOPBACK}:{settings.superset_port}"]
    with _started([*gunicorn, "superset.app:create_app()"], env, log) as server:
        say("Starting Superset ...")
        _wait_for(server, f"{address}/health", log)
        say(f"Dashboards: {address}/superset/dashboard/recommender-health/")
        say(f"            {address}/superset/dashboard/experiment/")
        say(f"Log in as admin, password {login['password']}. Ctrl-C ends it.")
        while server.poll() is None:
            if not store.is_there():
                raise DashboardsError(store.gone)
            time.sleep(LOOK_S)
        raise DashboardsError(f"Superset has ended; {log} says why.")


def _login(home: Path) -> dict[str, str]:
    """The password of `admin` and the key that signs cookies, made once; the owner of the state folder may read them."""
    file = home / "login.json"
    if not file.is_file():
        file.touch(mode=0o600)
        file.write_text(json.dumps({"password": secrets.token_urlsafe(9), "secret_key": secrets.token_urlsafe(32)}))
    return json.loads(file.read_text())


def _environment(home: Path, store: Store, login: dict[str, str]) -> dict[str, str]:
    return os.environ | {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "FLASK_APP": "superset.app:create_app()",
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
        "SUPERSET_ASSETS": str(home / "assets"),
        "SUPERSET_SECRET_KEY": login["secret_key"],
        "SUPERSET_ADMIN_PASSWORD": login["password"],
        "SUPERSET_CLICKHOUSE_URI": store.uri,
        "HM_CLICKHOUSE_PASSWORD": store.password,
    }


def _import(home: Path, env: dict[str, str], say: Callable[[str], None]) -> None:
    """A database that holds just the assets, unless it does already."""
    noted, stamp, log = home / "imported", _stamp(), home / "import.log"
    if noted.is_file() and noted.read_text() == stamp:
        return
    say("Importing databases, datasets, charts and dashboards (about 2 minutes, after a change of infra/superset only) ...")
    noted.unlink(missing_ok=True)
    (home / "superset.db").unlink(missing_ok=True)
    shutil.rmtree(home / "assets", ignore_errors=True)
    # Trino is for the containers: here it may not run, and importing a database asks for its schemas.
    shutil.copytree(HERE / "assets", home / "assets", ignore=shutil.ignore_patterns("trino.yaml"))
    log.unlink(missing_ok=True)
    with _started(["bash", str(INIT)], env, log) as made:
        if made.wait():
            raise DashboardsError(f"Superset could not import infra/superset/assets; {log} says why.")
    noted.write_text(stamp)


def _stamp() -> str:
    """What an import depends on."""
    files = sorted([*(HERE / "assets").rglob("*.yaml"), INIT, INIT.with_name("superset.lock")])
    return hashlib.sha256(b"".join(str(f.relative_to(REPO)).encode() + f.read_bytes() for f in files)).hexdigest()


@contextmanager
def _started(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """A process in a group of its own, which ends with the block."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        for ending in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, ending)
                process.wait(STOP_S)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def _wait_for(server: subprocess.Popen, url: str, log: Path) -> None:
    until = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < until:
        try:
            with urlopen(url, timeout=10):
                return
        except (URLError, OSError):
            time.sleep(LOOK_S)
    raise DashboardsError(f"Superset does not answer at {url}; {log} says why.")
