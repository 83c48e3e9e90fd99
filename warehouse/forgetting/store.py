"""ClickHouse without some customers: rows of every run, exposures and events, and the parts on disk that held them.

The statements name hashes: ClickHouse writes a mutation's text down, on disk and in system.mutations.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.client import Client

from warehouse.forgetting.customers import Customers

PARTS_WAIT_S = 120
"""Replaced parts go at once, but for those that a question still reads."""
NO_PARTITION = "none"
"""Id of a partition that no table has: dropping it drops nothing, and ends in removing what was replaced before."""
LOOK_S = 0.5

_TABLES = """
select distinct columns.table
from system.columns as columns
inner join system.tables as tables on columns.database = tables.database and columns.table = tables.name
where columns.database = {database:String} and columns.name = 'customer_id' and tables.engine like '%MergeTree'
order by 1
"""
_IS_THEIRS = "lower(hex(SHA256(customer_id))) in {theirs:Array(String)}"
_REPLACED = """
select count() from system.parts
where database = {database:String} and table in {tables:Array(String)} and not active
"""


def tables_of_customers(client: Client) -> list[str]:
    """Every table with a customer in it."""
    return [table for (table,) in client.query(_TABLES, parameters={"database": client.database}).result_rows]


def count(client: Client, table: str, who: Customers) -> int:
    """Rows of the customers in a table."""
    asked = f"select count() from {table} where {_IS_THEIRS}"
    return client.query(asked, parameters={"theirs": who.hashes}).result_rows[0][0]


def n_replaced(client: Client) -> int:
    """Parts that a merge or a mutation has replaced, and that still lie on disk."""
    given = {"database": client.database, "tables": tables_of_customers(client)}
    return client.query(_REPLACED, parameters=given).result_rows[0][0]


def remove(client: Client, who: Customers) -> dict[str, int]:
    """Take the customers out of every table and wait until no part on disk has them; returns the rows by table."""
    tables = tables_of_customers(client)
    found = {table: count(client, table, who) for table in tables}
    with _parts_go_at_once(client, tables):
        for table in [table for table in tables if found[table]]:
            statement = f"alter table {table} delete where {_IS_THEIRS} settings mutations_sync = 2"
            client.command(statement, parameters={"theirs": who.hashes})
        _wait_for_parts(client, tables)
    return found


@contextmanager
def _parts_go_at_once(client: Client, tables: list[str]) -> Iterator[None]:
    """Meanwhile a replaced part is not kept for its eight minutes."""
    for table in tables:
        client.command(f"alter table {table} modify setting old_parts_lifetime = 0")
    try:
        yield
    finally:
        for table in tables:
            client.command(f"alter table {table} reset setting old_parts_lifetime")


def _wait_for_parts(client: Client, tables: list[str]) -> None:
    begun = time.monotonic()
    while n_replaced(client) and time.monotonic() - begun < PARTS_WAIT_S:
        for table in tables:
            client.command(f"alter table {table} drop partition id '{NO_PARTITION}'")
        time.sleep(LOOK_S)
