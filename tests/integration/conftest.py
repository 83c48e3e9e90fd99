"""The real stack, started once for all tests of this folder, on ports and in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyhive import hive

from infra.settings import ENV_DIR, REPO, Settings
from tests.drills import kill_drill as drill
from tests.drills.kill_drill import Undisturbed, chain
from warehouse.trino import query

Spark = Callable[[str], list[tuple]]
CHAIN_PARTS = ("namenode", "datanode", "metastore", "thrift", "clickhouse")

SMALL = drill.SMALL | {"HM_THRIFT_MEMORY": "1g"}
"""Settings for a tiny log."""


@dataclass(frozen=True)
class RunningStack:
    """The stack's environment, for commands that run on it.

    Attributes:
        env: variables that lead to it.
        settings: the same, for clients of its ports.
    """

    env: dict[str, str]
    settings: Settings

    def start(self, *command: str) -> subprocess.Popen:
        """Start a module of the project on the stack; what it says is on standard error."""
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.env,
            cwd=REPO,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, *command: str) -> str:
        """Run a module of the project to its end; returns its answer (standard output)."""
        process = self.start(*command)
        answer, said = process.communicate()
        assert process.returncode == 0, (
            f"{' '.join(command)} ended with {process.returncode}:\n{answer[-1000:]}{said[-4000:]}"
        )
        return answer

    def status(self) -> dict[str, dict]:
        """Services by name."""
        process = self.start("infra.local", "status", "--json")
        return {entry["service"]: entry for entry in json.loads(process.communicate()[0])}

    def kill(self, service: str) -> None:
        """End a service as a power cut would."""
        os.kill(self.status()[service]["process"], signal.SIGKILL)


def free_ports(n: int) -> list[int]:
    """Ports nobody listens on; all are held at once, so that no two are alike."""
    with ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(n)]


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory):
    """The stack, up; parts that cannot be had are left out, unless HM_REQUIRE names them."""
    home: Path = tmp_path_factory.mktemp("stack home")
    names = [f"HM_{name.upper()}" for name in Settings.model_fields if name.endswith("_port")]
    ports = {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    given = SMALL | ports | {"HM_ENV": "local", "HM_HOME": str(home)}
    values = {name.removeprefix("HM_").lower(): value for name, value in given.items()}
    settings = Settings(_env_file=(ENV_DIR / "base.env", ENV_DIR / "local.env"), **values)
    stack = RunningStack(os.environ | given, settings)
    try:
        up = stack.start("infra.local", "up")
        _, said = up.communicate()
        assert up.returncode == 0, said
        print(said)
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
