"""A log that lands and is built piece by piece gives the tables of one landing built at once, in another layout too."""

from datetime import date

import pytest
from raw_log import FIRST_DAY, RawLog, rows_of, shopping

from warehouse.hive.catalogue import Catalogue

pytestmark = pytest.mark.timeout(1800)  # the fixture builds several times, slowly on a busy machine

EARLY, LATE = date(2020, 3, 6), date(2020, 4, 3)
FIRST, AGAIN, LAST = date(2020, 3, 10), date(2020, 3, 4), date(2020, 4, 5)
"""The first landing ends on FIRST; the second brings the days from AGAIN on, some of them once more, to LAST."""
MONTHS = ["2020-01", "2020-02", "2020-03", "2020-04"]
AGES = {number: None if number == 3 else 17 + 4 * number for number in range(11)}


def everything(settings) -> dict[str, dict[tuple, list[tuple]]]:
    """All rows of all tables that dbt builds: {table: {partition: sorted rows by natural ids}}."""
    catalogue = Catalogue(settings)
    found = {}
    for table in sorted(name for name in catalogue.tables() if name.split(".")[0] in ("marts", "intermediate")):
        parts = {tuple(part.values()): rows_of(catalogue, table, **part) for part in catalogue.partitions(table)}
        if table.startswith("marts.dim_"):
            parts = {(): [row[1:] for row in parts[()]]}
        found[table] = parts
    return found


@pytest.fixture(scope="module")
def story(warehouse, spark, build):
    """Tables after two landings and two builds, and after one landing and one build in 7 shuffle partitions."""

    known = shopping(1, FIRST_DAY, FIRST)
    news = shopping(99, AGAIN, LAST)
    kept = {}

    pieces = RawLog(warehouse, spark)
    pieces.land_articles(range(9))
    pieces.land_articles(range(9, 17))
    pieces.land_customers(AGES)
    pieces.land_transactions(known)
    build([EARLY])
    before = {month: Catalogue(warehouse).files("marts.fct_transactions", t_month=month) for month in MONTHS[:2]}
    pieces.land_transactions(news)
    build([LATE, EARLY])
    kept["piece by piece"] = everything(warehouse)
    kept["stayed"] = [m for m in before if Catalogue(warehouse).files("marts.fct_transactions", t_month=m) == before[m]]

    for (database,) in spark.sql("show databases").collect():
        if database != "default":
            spark.sql(f"drop database {database} cascade")
    once = RawLog(warehouse, spark)
    once.land_transactions([line for line in known if line[0] < AGAIN] + news)
    once.land_customers(AGES)
    once.land_articles(range(17))
    assert once.keys != pieces.keys
    # dbt-spark sets the profile's values again with every statement, so the setting is what counts, not the session's conf.
    other = warehouse.model_copy(update={"spark_shuffle_partitions": 7})
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    try:
        build([EARLY, LATE], other)
        kept["at once"] = everything(warehouse)
        kept["partitions"] = spark.conf.get("spark.sql.shuffle.partitions")
    finally:
        spark.conf.unset("spark.sql.adaptive.coalescePartitions.enabled")
        spark.conf.set("spark.sql.shuffle.partitions", warehouse.spark_shuffle_partitions)
    return kept


TABLES = (
    *(f"intermediate.int_{name}_daily" for name in ("article", "article_segment")),
    *(f"intermediate.int_{name}_daily" for name in ("customer", "customer_article")),
    "intermediate.int_as_of_days",
    "intermediate.int_as_of_customers",
    *(
        f"marts.{name}"
        for name in ("dim_articles", "dim_customers", "fct_transactions", "customer_rfm", "customer_features")
    ),
    *(f"marts.{name}_features" for name in ("article", "customer_article", "customer_category")),
    *(f"marts.{name}" for name in ("popular_articles", "article_pairs")),
)


@pytest.mark.parametrize("table", TABLES)
def test_piece_by_piece_equals_at_once_in_another_layout(story, table):
    assert all(story["at once"][table].values())
    assert story["piece by piece"][table] == story["at once"][table]


def test_the_story_is_about_every_table_in_two_layouts(story):
    assert set(TABLES) == set(story["at once"]) == set(story["piece by piece"])
    assert story["partitions"] == "7"


def test_months_that_a_landing_did_not_touch_are_not_written_again(story):
    assert story["stayed"] == MONTHS[:2]
