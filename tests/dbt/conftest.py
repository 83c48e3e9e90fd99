"""One tiny landed log for a module of tests, and builds of it in this process's Spark session."""

import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from infra.settings import Settings
from spark_jobs.build_features import build_features
from warehouse.hive.catalogue import Catalogue

# Test folders are no packages (import mode importlib): this one's helpers are found by path.
sys.path.append(str(Path(__file__).parent))
from raw_log import RawLog, whole_log


@pytest.fixture(scope="module")
def warehouse(settings: Settings, spark) -> Settings:
    """The settings with an empty warehouse, for the tests of one module."""
    for (database,) in spark.sql("show databases").collect():
        if database != "default":
            spark.sql(f"drop database {database} cascade")
    for folder in (settings.warehouse_dir, settings.root / "dbt" / "logs"):
        shutil.rmtree(folder, ignore_errors=True)
    settings.warehouse_dir.mkdir(parents=True)
    Catalogue(settings).refresh()
    return settings


@pytest.fixture(scope="module")
def log(warehouse: Settings, spark) -> RawLog:
    """The whole tiny log, landed."""
    tiny = RawLog(warehouse, spark)
    whole_log(tiny)
    return tiny


@pytest.fixture(scope="module")
def build(warehouse: Settings, spark) -> Callable:
    """Build quietly: `build([date], settings=..., select=..., rebuild=..., full_tests=False)`."""

    def run(dates: list[date], settings: Settings = warehouse, **options):
        options.setdefault("full_tests", False)
        return build_features(settings, dates, progress=lambda line: None, **options)

    return run
