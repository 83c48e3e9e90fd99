"""The API on the small warehouse of the serving tests."""

import importlib.util
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from warehouse.api.app import create_app
from warehouse.api.service import Service

_path = Path(__file__).parents[1] / "serving" / "conftest.py"
_spec = importlib.util.spec_from_file_location("serving_conftest", _path)
_serving = importlib.util.module_from_spec(_spec)
sys.modules["serving_conftest"] = _serving
_spec.loader.exec_module(_serving)

_engine, warehouse, publish_it = _serving._engine, _serving.warehouse, _serving.publish_it


@pytest.fixture
def store(_engine):
    """A client on the store, with nothing in it."""
    for table in (*_serving.DATA_TABLES, "runs", "pointer", "exposures", "events"):
        _engine.command(f"truncate table {table}")
    return _engine


@pytest.fixture
def experiments(tmp_path: Path) -> Path:
    """The file of experiments, without any."""
    file = tmp_path / "experiments.yml"
    file.write_text("experiments: []\n")
    return file


@pytest.fixture
def api(settings, store, experiments) -> Iterator[Callable[..., TestClient]]:
    """Starts the API, with other settings where some are given; its spool is empty at first."""
    shutil.rmtree(settings.spool_dir, ignore_errors=True)
    begun = []

    def start(**changes: object) -> TestClient:
        ours = settings.model_copy(update={"experiments": str(experiments), "api_rate": 0} | changes)
        client = TestClient(create_app(ours, Service(ours, every_s=0.05)), raise_server_exceptions=False)
        begun.append(client)
        return client.__enter__()

    yield start
    for client in begun:
        client.__exit__(None, None, None)


@contextmanager
def served(settings) -> Iterator[str]:
    """The API on a loopback port of its own, by uvicorn in a thread; its address."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, Service(settings)), port=0, log_config=None, access_log=False)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def live(settings, store, experiments) -> Iterator[str]:
    """The address of the API over HTTP."""
    shutil.rmtree(settings.spool_dir, ignore_errors=True)
    with served(settings.model_copy(update={"experiments": str(experiments), "api_rate": 0})) as address:
        yield address
