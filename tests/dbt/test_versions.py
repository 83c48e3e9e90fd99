"""House rules of the tables: what a killed build leaves, what becomes empty, what changes its columns."""

import os
import re
import shutil
import time
from datetime import date

import numpy as np
import pytest
from raw_log import Line, RawLog, article, customer, rows_of

from infra.settings import REPO
from models.ranking.marts import read_mart_of
from spark_jobs import build_features as job
from spark_jobs.build_features import BuildError
from warehouse.hive.catalogue import SWEEP_GRACE_S, Catalogue

pytestmark = pytest.mark.timeout(1800)  # the fixture builds several times, slowly on a busy machine

BEFORE, EARLY, LATE = date(2020, 1, 1), date(2020, 1, 15), date(2020, 2, 10)
"""As-of dates: one before the first day of the log, one in its midst, one after it."""
MODELS = ("+article_pairs", "+customer_rfm", "dim_customers")
KILLED = "20200101T000000-killed"


def basket(day: date, buyer: int, *items: int) -> list[Line]:
    return [(day, customer(buyer), article(item), "0.5", 1) for item in items]


TEN, FIVE = date(2020, 1, 10), date(2020, 2, 5)
PAIRS = basket(TEN, 1, 1, 2) + basket(TEN, 2, 1, 2) + basket(date(2020, 1, 11), 3, 3) + basket(FIVE, 1, 1, 2)
SINGLES = basket(TEN, 1, 1) + basket(FIVE, 2, 2)
"""The same two days once more: no basket holds two articles now."""


def leave_of_a_killed_build(settings, spark, table: str, *, staged: bool):
    """What SIGKILL leaves behind in the first build of a table: half a folder, and the staged table if that came so far."""
    database, name = table.split(".")
    spark.sql(f"create database if not exists {database}")
    version = settings.warehouse_dir / f"{database}.db" / name / "versions" / KILLED
    if staged:
        spark.sql(f"create table {table}__staged using parquet location '{version}' as select 1 as nothing")
    (version / "_temporary" / "0").mkdir(parents=True)
    (version / "_temporary" / "0" / "part-00000.parquet").write_bytes(b"half a file")
    old = time.time() - SWEEP_GRACE_S - 60
    os.utime(version, (old, old))


def state(settings, spark) -> dict:
    """What a reader can see, and what lies about."""
    catalogue = Catalogue(settings)
    dated = ("article_pairs", "customer_rfm")
    monthly = ("marts.fct_transactions", "intermediate.int_customer_daily")
    return {
        "dates": {name: catalogue.as_of_dates(f"marts.{name}") for name in dated},
        "months": {name.split("_", 1)[1]: [part["t_month"] for part in catalogue.partitions(name)] for name in monthly},
        "rfm": {
            day: rows_of(catalogue, "marts.customer_rfm", as_of_date=day)
            for day in catalogue.as_of_dates("marts.customer_rfm")
        },
        "tables": [row[1] for base in ("marts", "intermediate") for row in spark.sql(f"show tables in {base}").collect()],
        "left": [str(path) for path in settings.warehouse_dir.glob(f"*.db/*/versions/{KILLED}")],
    }


@pytest.fixture(scope="module")
def story(warehouse, spark, build, tmp_path_factory):
    kept = {}
    log = RawLog(warehouse, spark)
    log.land_articles(range(1, 5))
    log.land_customers({1: 20, 2: 30, 3: 40})
    log.land_transactions(PAIRS)

    for table in ("marts.dim_articles", "marts.article_pairs", "intermediate.int_customer_daily"):
        leave_of_a_killed_build(warehouse, spark, table, staged=True)
    leave_of_a_killed_build(warehouse, spark, "marts.fct_transactions", staged=False)
    build([EARLY, LATE], select=MODELS)
    kept["first"] = state(warehouse, spark)

    log.land_transactions(SINGLES)
    # Killed while its months were switched: one is missing, and nothing says how far the table is.
    spark.sql("alter table intermediate.int_customer_daily drop partition (t_month = '2020-01')")
    spark.sql("alter table intermediate.int_customer_daily unset tblproperties ('hm.built')")
    build([BEFORE, EARLY], select=MODELS)
    kept["emptied"] = state(warehouse, spark)

    project = tmp_path_factory.mktemp("changed") / "dbt_project"
    shutil.copytree(REPO / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs"))
    model = project / "models" / "marts" / "recs" / "customer_rfm.sql"
    sound = model.read_text()
    yml = model.with_suffix(".yml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "PROJECT", project)

        def changed(expression: str) -> None:
            sql = sound.replace("cast(frequency_days as int) as", "cast(frequency_days as bigint) as")
            sql, found = re.subn(r"\n *cast\(spend_nanos / 1e9 as double\) as monetary,", f"\n{expression} as twice,", sql)
            assert found == 1
            assert sql.count("as bigint) as frequency_days") == 1
            model.write_text(sql)

        def refused(**options) -> str:
            with pytest.raises(BuildError) as error:
                build([EARLY], select=["customer_rfm"], **options)
            kept["after a refusal"] = state(warehouse, spark)
            return str(error.value)

        yml.write_text(
            yml.read_text().replace("name: monetary\n", "name: twice\n").replace("Money spent so far", "Twice that")
        )
        changed("recency_days * 2")
        kept["refusal"] = refused()
        changed("cast(raise_error('planted') as int)")
        kept["failed rebuild"] = refused(rebuild=["customer_rfm"])
        changed("recency_days * 2")
        build([EARLY], select=["customer_rfm"], rebuild=["customer_rfm"])
        kept["rebuilt"] = state(warehouse, spark)
        kept["comments"] = {row[0]: row[2] for row in spark.sql("describe marts.customer_rfm").collect()}
    return kept


def test_a_killed_first_build_does_not_block_the_next_one(story):
    assert story["first"]["dates"] == {"article_pairs": [EARLY, LATE], "customer_rfm": [EARLY, LATE]}
    assert all(months == ["2020-01", "2020-02"] for months in story["first"]["months"].values())


def test_a_killed_first_build_leaves_nothing_behind(story):
    assert not [name for name in story["first"]["tables"] if name.endswith("__staged")]
    assert story["first"]["left"] == []


def test_an_asked_date_that_becomes_empty_loses_its_rows_and_no_other_does(story):
    assert story["emptied"]["dates"]["article_pairs"] == [LATE]
    assert story["emptied"]["dates"]["customer_rfm"] == [EARLY, LATE]


def test_a_date_before_the_first_day_has_no_partition(story):
    assert BEFORE not in story["emptied"]["dates"]["customer_rfm"]


def test_a_build_killed_between_its_months_is_made_good_by_the_next(story):
    assert story["emptied"]["months"]["customer_daily"] == ["2020-01", "2020-02"]


def test_changed_columns_are_refused_in_one_sentence_that_names_the_command(story):
    said = story["refusal"]
    assert "twice is new" in said
    assert "frequency_days was int and is bigint" in said
    assert "monetary is gone" in said
    assert "run `hm build --rebuild customer_rfm`" in said
    assert "\n" not in said


def test_a_refused_build_and_a_rebuild_that_fails_leave_every_row(story):
    assert "planted" in story["failed rebuild"]
    assert story["after a refusal"]["rfm"] == story["emptied"]["rfm"]
    assert set(story["after a refusal"]["rfm"]) == {EARLY, LATE}


def test_a_rebuild_builds_every_date_the_table_had(story):
    assert {day: len(rows) for day, rows in story["rebuilt"]["rfm"].items()} == {EARLY: 2, LATE: 3}
    assert story["comments"]["twice"].startswith("Twice that")


@pytest.mark.parametrize("day", [EARLY, LATE])
def test_a_column_added_in_sql_reaches_the_ranker(story, warehouse, day):
    mart = read_mart_of(Catalogue(warehouse), "customer_rfm", day, ["customer_key"], np.ones(4, bool))
    assert "twice" in mart.columns
    assert "monetary" not in mart.columns
    assert np.array_equal(
        mart.values[:, mart.columns.index("twice")], 2 * mart.values[:, mart.columns.index("recency_days")]
    )
