"""The DDL is plain ClickHouse: what chDB alone has, or a server does not allow, is not in it."""

import re

import pytest

from warehouse.serving.inputs import Inputs
from warehouse.serving.store import DATA_TABLES, apply_ddl, ddl_statements

LOCAL_ONLY = re.compile(
    r"\b(infile|outfile|file|url|python|chdb|local|attach)\b\s*\(?|engine\s*=\s*(?!(Replacing)?MergeTree\b)\w+", re.I
)


@pytest.mark.parametrize("statement", ddl_statements(), ids=lambda s: s.split("\n")[0].split()[-1])
def test_a_statement_can_be_run_again_and_needs_nothing_of_one_engine(statement):
    body = re.sub(r"comment '[^']*'", "", statement)
    assert statement.startswith("create table if not exists ")
    assert not LOCAL_ONLY.search(body)
    assert "settings allow_" not in body
    assert re.search(r"\)\nengine = (Replacing)?MergeTree\n", body)


@pytest.mark.parametrize("statement", ddl_statements(), ids=lambda s: s.split("\n")[0].split()[-1])
def test_every_table_and_column_is_described(statement):
    columns = re.findall(r"^    \w+ .*$", statement, re.M)
    assert columns
    assert all(" comment '" in column for column in columns)
    assert re.search(r"^comment '.+'$", statement, re.M)


def test_every_data_table_has_a_partition_per_run(store):
    query = "select name, partition_key, sorting_key from system.tables where database = currentDatabase()"
    tables = {name: (partition, order) for name, partition, order in store.query(query).result_rows}
    assert {name for name, (partition, _) in tables.items() if partition == "run"} == set(DATA_TABLES)
    assert all(tables[name][1].startswith("run, ") for name in DATA_TABLES)


def test_applying_the_ddl_again_changes_nothing(store, settings, publish_it):
    publish_it()
    apply_ddl(store, settings.clickhouse_database)
    assert store.query("select count() from recommendations").result_rows == [(5,)]


def test_what_publication_sends_is_what_the_tables_hold(store, warehouse):
    from small_warehouse import AS_OF

    sent = {name: set(next(rows).column_names) for name, rows in Inputs(warehouse.catalogue, AS_OF).tables().items()}
    query = "select table, groupArray(name) from system.columns where database = currentDatabase() group by table"
    held = {table: set(names) - {"run"} for table, names in store.query(query).result_rows if table in DATA_TABLES}
    assert sent == held
