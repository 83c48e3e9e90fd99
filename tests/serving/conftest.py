"""One chDB store for the whole test process (an engine path cannot change), emptied before every test."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.serving.publish import publish
from warehouse.serving.runs import PublishedRun
from warehouse.serving.store import DATA_TABLES, open_store

# Test folders are no packages (import mode importlib), so the shared module is loaded by its path.
_spec = importlib.util.spec_from_file_location("small_warehouse", Path(__file__).with_name("small_warehouse.py"))
small_warehouse = importlib.util.module_from_spec(_spec)
sys.modules["small_warehouse"] = small_warehouse
_spec.loader.exec_module(small_warehouse)


@pytest.fixture(scope="module")
def _engine(settings: Settings) -> Iterator[Client]:
    with open_store(settings) as client:
        yield client


@pytest.fixture
def store(_engine: Client) -> Client:
    """A client on the empty store."""
    for table in (*DATA_TABLES, "runs", "pointer", "landings", "judged_weeks", "rfm_counts"):
        _engine.command(f"truncate table {table}")
    return _engine


@pytest.fixture
def warehouse(settings: Settings, tmp_path: Path) -> Iterator["small_warehouse.SmallWarehouse"]:
    """A warehouse of eight customers and thirty articles, five of the customers with recommendations."""
    snapshot = settings.state_dir / "catalogue.json"
    before = snapshot.read_bytes() if snapshot.is_file() else None
    made = small_warehouse.SmallWarehouse(settings, tmp_path / "warehouse")
    yield made
    if before is None:
        snapshot.unlink()
    else:
        snapshot.write_bytes(before)


ALS = pa.table(
    {
        "customer_id": [small_warehouse.customer(0)],
        "article_ids": [small_warehouse.ARTICLES[5:8]],
        "scores": pa.array([[3.0, 2.0, 1.0]], pa.list_(pa.float32())),
    }
)


@pytest.fixture
def publish_it(settings: Settings, store: Client, warehouse) -> Callable[..., PublishedRun]:
    """Publishes what the small warehouse holds now."""

    def call(**changes: object) -> PublishedRun:
        given = {
            "catalogue": warehouse.catalogue,
            "as_of_date": small_warehouse.AS_OF,
            "model_run": "2020-09-23-model",
            "metrics": {"map12": 0.21},
            "code_version": "0.1.0+abc",
            "lineage": [("transactions_train.csv.gz", "00ff")],
            "around": small_warehouse.AROUND,
            "policies": {"als": lambda: iter([ALS])},
            "progress": lambda line: None,
        }
        return publish(settings, **(given | changes))

    return call
