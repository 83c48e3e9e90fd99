"""One chDB store for the whole test process (an engine path cannot change), emptied before every test."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.serving.store import open_store

# Test folders are no packages (import mode importlib), so the shared module is loaded by its path.
_spec = importlib.util.spec_from_file_location("experiment_rows", Path(__file__).with_name("rows.py"))
experiment_rows = importlib.util.module_from_spec(_spec)
sys.modules["experiment_rows"] = experiment_rows
_spec.loader.exec_module(experiment_rows)


@pytest.fixture(scope="module")
def _engine(settings: Settings) -> Iterator[Client]:
    with open_store(settings) as client:
        yield client


@pytest.fixture
def store(_engine: Client) -> Client:
    """A client on a store without exposures and events."""
    for table in ("exposures", "events"):
        _engine.command(f"truncate table {table}")
    return _engine
