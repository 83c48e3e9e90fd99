"""The real stack on ports and in a folder of its own, for tests and drills."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from infra.settings import ENV_DIR, REPO, Settings
from tests.drills.kill_drill import SMALL

CHAIN_PARTS = ("namenode", "datanode", "metastore", "thrift", "clickhouse")
YARN_PARTS = ("resourcemanager", "nodemanager")


@dataclass(frozen=True)
class RunningStack:
    """The stack's environment, for commands that run on it.

    Attributes:
        env: variables that lead to it.
        settings: the same, for clients of its ports.
    """

    env: dict[str, str]
    settings: Settings

    def start(self, *command: str, **variables: str) -> subprocess.Popen:
        """Start a module of the project on the stack; what it says is on standard error."""
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.env | variables,
            cwd=REPO,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, *command: str, **variables: str) -> str:
        """Run a module of the project to its end; returns its answer (standard output).

        Raises:
            RuntimeError: it failed; the message ends with what it said.
        """
        process = self.start(*command, **variables)
        answer, said = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{answer[-1000:]}{said[-4000:]}")
        return answer

    def up(self) -> None:
        """Start what does not run, YARN too."""
        self.finish("infra.local", "up", *(word for part in YARN_PARTS for word in ("--with", part)))

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


def small_stack(home: Path) -> RunningStack:
    """A stack for tiny logs, not started."""
    names = [f"HM_{name.upper()}" for name in Settings.model_fields if name.endswith("_port")]
    ports = {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    small = SMALL | {"HM_THRIFT_MEMORY": "1g", "HM_SPARK_EXECUTOR_MEMORY": "768m"}
    given = small | ports | {"HM_ENV": "local", "HM_HOME": str(home), "HM_YARN_DIR": str(home.with_name("yarn"))}
    values = {name.removeprefix("HM_").lower(): value for name, value in given.items()}
    settings = Settings(_env_file=(ENV_DIR / "base.env", ENV_DIR / "local.env"), **values)
    return RunningStack(os.environ | given, settings)
