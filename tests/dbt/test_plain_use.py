"""dbt typed by hand in dbt_project/: one sentence before anything landed, then own schemas and never the shared ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import REPO, Settings, get_settings

LAND = """
import sys
from datetime import date
sys.path[:0] = [{repo!r}, {here!r}]
from infra.settings import get_settings
from infra.spark import spark_ended, spark_session, stop_spark
from raw_log import RawLog, shopping
settings = get_settings()
spark = spark_session(settings)
try:
    log = RawLog(settings, spark)
    log.land_articles(range(17))
    log.land_customers({{number: 20 + number for number in range(11)}})
    log.land_transactions(shopping(1, date(2020, 1, 1), date(2020, 1, 12)))
    spark.sql("create database marts")
    spark.sql("create table marts.customer_rfm using parquet as select 'what everybody reads' as shared")
except Exception:
    print(spark_ended(wait_s=2), file=sys.stderr)
    raise
stop_spark()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Settings:
    """Settings of a state folder where nothing has happened yet."""
    kept = {name: os.environ.pop(name) for name in [name for name in os.environ if name.startswith(("HM_", "DBT_"))]}
    os.environ["HM_HOME"] = str(tmp_path_factory.mktemp("by_hand") / "home")
    os.environ["HM_SPARK_DRIVER_MEMORY"] = "1g"
    os.environ["HM_SPARK_JAVA_OPTIONS"] = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dderby.system.durability=test"
    os.environ["HM_SPARK_SHUFFLE_PARTITIONS"] = "2"
    os.environ["USER"] = "ada"
    get_settings.cache_clear()
    yield get_settings()
    for name in [name for name in os.environ if name.startswith(("HM_", "DBT_"))]:
        del os.environ[name]
    os.environ.update(kept)
    get_settings.cache_clear()


def dbt(home: Settings, *arguments: str) -> subprocess.CompletedProcess:
    """`cd dbt_project && ../.venv/bin/dbt ...`, its files outside the checkout."""
    elsewhere = {"DBT_TARGET_PATH": str(home.root / "target"), "DBT_LOG_PATH": str(home.root / "logs")}
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), *arguments],
        cwd=REPO / "dbt_project",
        env=os.environ | elsewhere | {"PWD": str(REPO / "dbt_project")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.timeout(1200)
def test_dbt_by_hand(home):
    """One test: each step starts Spark, and the second needs what the first one left."""
    nothing = dbt(home, "build")
    assert nothing.returncode != 0
    said = [line for line in nothing.stdout.splitlines() if "hm land" in line]
    assert said, nothing.stdout[-3000:]
    assert "Nothing has landed yet" in said[0]
    assert "Traceback" not in nothing.stdout

    landing = LAND.format(repo=str(REPO), here=str(Path(__file__).parent))
    subprocess.run([sys.executable, "-c", landing], check=True, env=os.environ)
    shared = home.warehouse_dir / "marts.db"
    before = {str(file): file.stat().st_mtime_ns for file in shared.rglob("*")}
    assert before

    # One mart with its parents, their unit tests and data tests: all of them take minutes and say no more of this.
    built = dbt(home, "build", "--select", "+customer_rfm", "dim_customers", "--indirect-selection", "cautious")
    assert built.returncode == 0, built.stdout[-3000:]
    own = home.warehouse_dir / "dev_ada_marts.db"
    assert any((own / "customer_rfm" / "versions").rglob("*.parquet"))
    assert any((home.warehouse_dir / "dev_ada_intermediate.db").rglob("*.parquet"))
    assert {str(file): file.stat().st_mtime_ns for file in shared.rglob("*")} == before
    assert {folder.name for folder in home.warehouse_dir.iterdir()} == {
        "raw.db",
        "marts.db",
        "dev_ada_marts.db",
        "dev_ada_intermediate.db",
    }
