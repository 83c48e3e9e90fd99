"""Fixtures for every test: one state folder and at most one Spark session in a test process."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from infra.settings import REPO, Settings, get_settings

LONG = ("tests/drills/test_kill_drill.py", "tests/integration/")
"""Tests that share an undisturbed chain and a running stack, which take minutes and are made once in a process."""

REAL_LOG = REPO.parent / "shared" / "data" / "online-retail"


def pytest_configure(config: pytest.Config) -> None:
    """pyspark ends a process whose main module has no file: it takes it for one that runs its doctests."""
    if hasattr(config, "workerinput"):
        sys.modules["__main__"].__file__ = pytest.__file__


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """What two processes may not part: the tests of a file, and the long ones."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "long" if nodeid.startswith(LONG) else nodeid.partition("::")[0]

    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of two processes one takes the long tests at once, the other one everything else, in the order of its cost."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the embedded environment on a state folder of this test process."""
    os.environ["HM_ENV"] = "embedded"
    os.environ["HM_HOME"] = str(tmp_path_factory.mktemp("hm_home"))
    os.environ.setdefault("HM_SPARK_DRIVER_MEMORY", "1g")
    # Tiny logs: compiling well takes longer than running badly, and nobody needs this metastore after a power cut.
    os.environ.setdefault("HM_SPARK_JAVA_OPTIONS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dderby.system.durability=test")
    os.environ.setdefault("HM_SPARK_SHUFFLE_PARTITIONS", "4")
    get_settings.cache_clear()
    return get_settings()


@pytest.fixture(scope="module")
def spark(settings: Settings):
    """The Spark session of this test process, on the Derby metastore of `settings`; it stays up between modules."""
    from infra.spark import spark_session

    return spark_session(settings)


@pytest.fixture
def fresh_warehouse(settings: Settings, spark) -> Settings:
    """The settings, with every database, file and stamp of earlier tests gone; Spark stays up."""
    wipe(settings, spark)
    return settings


def wipe(settings: Settings, spark) -> None:
    """Drop every database and all state but the metastore's own files."""
    for (database,) in spark.sql("show databases").collect():
        if database != "default":
            spark.sql(f"drop database {database} cascade")
    for folder in (settings.warehouse_dir, settings.runs_dir, settings.reports_dir):
        shutil.rmtree(folder, ignore_errors=True)
    for file in settings.state_dir.glob("*.json"):
        if not file.name.endswith(".holder.json"):
            file.unlink()


@pytest.fixture(scope="session")
def real_log() -> Path:
    """Folder of the real log; a test that needs it skips, with the reason, where it is absent."""
    if not (REAL_LOG / "transactions_train.csv.gz").is_file():
        if os.environ.get("HM_REQUIRE_REAL_LOG"):
            pytest.fail(f"HM_REQUIRE_REAL_LOG is set but {REAL_LOG} holds no log")
        pytest.skip("the real log (online-retail) is not beside this checkout")
    return REAL_LOG


@pytest.fixture(scope="session")
def calm_chain(tmp_path_factory: pytest.TempPathFactory):
    """A chain on the embedded environment that nobody disturbed: what killed and other environments' chains must equal."""
    from infra.spark import stop_spark
    from tests.drills.kill_drill import undisturbed
    from tests.small_log import small_log

    stop_spark()  # this process's own: processes that need the memory come now
    work = tmp_path_factory.mktemp("drill")
    return undisturbed(work, small_log(work / "raw"))
