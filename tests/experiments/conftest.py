"""One chDB store for the whole test process (an engine path cannot change), emptied before every test."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.serving.store import open_store


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
