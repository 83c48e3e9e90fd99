"""The real stack, started once for all tests of this folder, on ports and in a folder of its own."""

import json
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from pyhive import hive

from infra.settings import Settings
from tests.drills.kill_drill import Undisturbed, chain
from tests.stack import CHAIN_PARTS, YARN_PARTS, RunningStack, small_stack
from warehouse.trino import query

Spark = Callable[[str], list[tuple]]


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory):
    """The stack, up; parts that cannot be had are left out, unless HM_REQUIRE names them."""
    stack = small_stack(tmp_path_factory.mktemp("stack home"))
    try:
        stack.up()
        yield stack
    finally:
        stack.start("infra.local", "down").wait()


@pytest.fixture(scope="session")
def need(running_stack: RunningStack):
    """Skip a test where a part of the stack could not be had."""

    def have(*services: str) -> RunningStack:
        status = running_stack.status()
        for service in services:
            if status[service]["process"] is None:
                pytest.skip(f"{status[service]['title']} could not be had on this machine; HM_REQUIRE={service} says why")
        return running_stack

    return have


@pytest.fixture(scope="session")
def stack(need) -> Settings:
    """Settings that lead to the stack's Thrift Server and Trino."""
    return need("namenode", "datanode", "metastore", "thrift", "trino").settings


@pytest.fixture(scope="session")
def spark(stack: Settings) -> Iterator[Spark]:
    """Asks the Spark Thrift Server."""
    with hive.connect(stack.thrift_host, stack.thrift_port, username="tests") as connection:

        def ask(statement: str) -> list[tuple]:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall()

        yield ask


@pytest.fixture(scope="session")
def landing_application(need, calm_chain: Undisturbed) -> dict:
    """What YARN says of the landing of the log, whose driver and executor are containers."""
    stack = need(*CHAIN_PARTS, *YARN_PARTS)
    stack.finish("infra.submit", "run", "land", str(calm_chain.raw), HM_SPARK_MASTER="yarn")
    with urlopen(f"http://127.0.0.1:{stack.settings.yarn_http_port}/ws/v1/cluster/apps") as answer:
        (application,) = json.load(answer)["apps"]["app"]
    return application


@pytest.fixture(scope="session")
def warehouse(need, calm_chain: Undisturbed) -> None:
    """Has the chain built every table; where it has, nothing happens."""
    need(*CHAIN_PARTS).finish("hm.cli", *chain(calm_chain.raw))


@pytest.fixture(scope="session")
def tables(stack: Settings, warehouse) -> list[tuple[str, str]]:
    """(schema, table) of everything that Trino lists in catalog hive."""
    found = query(
        stack,
        "select table_schema, table_name from information_schema.tables "
        "where table_schema != 'information_schema' order by 1, 2",
    )
    return [(schema, table) for schema, table in found.rows]
