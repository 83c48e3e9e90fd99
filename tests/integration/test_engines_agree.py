"""Spark writes the tables, Trino reads them: both must see the same rows, and Trino the descriptions."""

import pytest
import yaml

from infra.settings import REPO
from warehouse.schemas import raw, recs
from warehouse.trino import query

pytestmark = pytest.mark.usefixtures("warehouse")


def test_trino_and_spark_count_the_same_in_every_table_and_column(stack, spark, tables):
    """Of every column the values that are not null: what counts them has to read them."""
    assert {"raw", "intermediate", "marts", "recs"} <= {schema for schema, _ in tables}
    columns = query(
        stack, "select table_schem, table_name, column_name from system.jdbc.columns where table_cat = 'hive'"
    ).rows
    for schema in sorted({schema for schema, _ in tables}):
        by_spark, by_trino = [], []
        for table in [table for where, table in tables if where == schema]:
            counts = ", ".join(["count(*)", *(f"count({name})" for *where, name in columns if where == [schema, table])])
            by_spark.append(f"select '{table}', concat_ws(' ', {counts}) from {schema}.{table}")
            by_trino.append(f"select '{table}', array_join(array[{counts}], ' ') from {schema}.{table}")
        counted = dict(query(stack, " union all ".join(by_trino)).rows)
        assert counted == dict(spark(" union all ".join(by_spark)))
        assert len(counted) == len(by_trino)


def described():
    """(schema, table, column) -> the description we wrote, from Python's tables and from the yml beside dbt's models."""
    texts = {
        (table.database, table.name, column.name): column.comment
        for table in (*raw.TABLES, *recs.TABLES)
        for column in (*table.columns, *table.partitioned_by)
    }
    for folder in ("intermediate", "marts"):
        for file in (REPO / "dbt_project" / "models" / folder).rglob("*.yml"):
            for model in yaml.safe_load(file.read_text()).get("models", []):
                for column in model["columns"]:
                    texts[folder, model["name"], column["name"]] = column["description"]
    return texts


def test_every_column_shows_its_description_in_trino(stack):
    shown = query(
        stack,
        "select table_schem, table_name, column_name, remarks from system.jdbc.columns "
        "where table_cat = 'hive' and table_schem in ('raw', 'intermediate', 'marts', 'recs')",
    ).rows
    assert {tuple(where): text for *where, text in shown} == described()


def test_every_table_says_in_trino_what_one_row_is(stack, tables):
    shown = query(
        stack, "select schema_name, table_name, comment from system.metadata.table_comments where catalog_name = 'hive'"
    )
    ours = {(s, t): text for s, t, text in shown.rows if s in ("raw", "intermediate", "marts", "recs")}
    assert set(ours) == {table for table in tables if table[0] in ("raw", "intermediate", "marts", "recs")}
    assert {table: text for table, text in ours.items() if not (text or "").startswith("One row per ")} == {}
