"""Fixtures for tests on the real stack (HM_ENV=local): HDFS, Hive Metastore, Spark Thrift Server, Trino."""

import os
from collections.abc import Callable, Iterator

import pytest
from pyhive import hive

from infra.local.stack import Stack
from infra.settings import ENV_DIR, Settings
from warehouse.trino import query

Spark = Callable[[str], list[tuple]]


@pytest.fixture(scope="session")
def stack() -> Settings:
    """Settings of the stack that answers at this environment's ports; where none does, the tests skip and say why."""
    settings = Settings(_env_file=(ENV_DIR / "base.env", ENV_DIR / "local.env"), env="local")
    running = Stack(settings)
    faults = {service.title: running.why_not_ready(service) for service in running.services}
    missing = "; ".join(f"{title}: {why}" for title, why in faults.items() if why)
    if missing and os.environ.get("HM_REQUIRE_STACK"):
        pytest.fail(f"HM_REQUIRE_STACK is set, but the stack does not answer ({missing})")
    if missing:
        pytest.skip(f"no real stack here, `make up` starts one ({missing})")
    return settings


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
def tables(stack: Settings) -> list[tuple[str, str]]:
    """(schema, table) of everything that Trino lists in catalog hive."""
    found = query(
        stack,
        "select table_schema, table_name from information_schema.tables "
        "where table_schema != 'information_schema' order by 1, 2",
    )
    return [(schema, table) for schema, table in found.rows]


@pytest.fixture(scope="session")
def warehouse(tables: list[tuple[str, str]]) -> None:
    """A warehouse that the chain has built; tests of what is in it skip on an empty stack."""
    missing = {"raw", "intermediate", "marts", "recs"} - {schema for schema, _ in tables}
    if missing and os.environ.get("HM_REQUIRE_STACK"):
        pytest.fail(f"HM_REQUIRE_STACK is set, but the stack holds no {', '.join(sorted(missing))}")
    if missing:
        pytest.skip(f"the stack holds no {', '.join(sorted(missing))}; HM_ENV=local hm run FOLDER builds them")
