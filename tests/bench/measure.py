"""A contestant as a process of its own: wall seconds, processor seconds, peak memory of it and all its children.

Processor seconds are told beside the wall's: on a machine that others use too they are what a contestant really took.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.errors import UserError
from infra.settings import REPO

SAMPLE_S = 0.25
BENCH_PYTHON = REPO / ".venv-bench" / "bin" / "python"
RECTOOLS_PYTHON = REPO / ".venv-bench" / "rectools" / "bin" / "python"
CONTESTANTS = REPO / "tests" / "bench" / "contestants"


class ContestantError(UserError):
    """A contestant ended badly, or its environment is not there; the message names the log or the remedy."""


class TooLargeError(ContestantError):
    """A contestant took more memory than it may."""


@dataclass(frozen=True)
class Measured:
    """What a process took.

    Attributes:
        seconds: on the wall.
        cpu_s: of the processors, all its processes together.
        peak_mib: largest resident memory of it and its children at one moment, sampled four times a second.
        said: its standard output.
    """

    seconds: float
    cpu_s: float
    peak_mib: float
    said: str

    @property
    def figures(self) -> dict[str, float]:
        """The three numbers as a row shows them."""
        return {"seconds": round(self.seconds, 1), "CPU seconds": round(self.cpu_s, 1), "peak MiB": round(self.peak_mib)}


class Usage:
    """Memory and processor time of a process and all its children, by samples."""

    def __init__(self, pid: int):
        self._root = psutil.Process(pid)
        self._cpu: dict[int, float] = {}
        self.peak = 0

    @property
    def cpu_s(self) -> float:
        """Of all processes seen so far, also of those that have ended."""
        return sum(self._cpu.values())

    def sample(self) -> None:
        """Take note; a process that was just forked still shows its parent's pages as its own and counts the next time."""
        before, total = set(self._cpu), 0
        try:
            family = [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return
        for process in family:
            try:
                times = process.cpu_times()
                self._cpu[process.pid] = times.user + times.system
                total += process.memory_info().rss if process.pid in before else 0
            except psutil.Error:
                continue
        self.peak = max(self.peak, total)


def product(*module_and_args: object) -> list[str]:
    """Command line of a module in the product's own environment."""
    import sys

    return [sys.executable, "-m", *map(str, module_and_args)]


def peer(script: str, *args: object, python: Path = BENCH_PYTHON) -> list[str]:
    """Command line of a contestant's script in the peers' environment.

    Raises:
        ContestantError: that environment was not made.
    """
    if not python.exists():
        raise ContestantError(f"{python} is not there; `make bench` makes it.")
    return [str(python), str(CONTESTANTS / script), *map(str, args)]


def run(command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, most_mib: float = float("inf")) -> Measured:
    """Run a contestant to its end.

    Args:
        log: file for what it says on standard error.
        most_mib: more resident memory than this ends it.

    Raises:
        ContestantError: it ended with another code than 0.
        TooLargeError: it took more memory than it may.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    out = log.with_suffix(".out")
    begun = time.perf_counter()
    with log.open("w") as errors, out.open("w") as answers:
        process = subprocess.Popen(
            list(command), cwd=REPO, env=os.environ | dict(env or {}), stdout=answers, stderr=errors, start_new_session=True
        )
        usage = Usage(process.pid)
        try:
            _watch(process, usage, most_mib)
        finally:
            _end(process)
    if process.returncode:
        raise ContestantError(f"{' '.join(command[:4])} ... ended with {process.returncode}; see {log}.")
    return Measured(time.perf_counter() - begun, usage.cpu_s, usage.peak / 2**20, out.read_text())


def _watch(process: subprocess.Popen, usage: Usage, most_mib: float) -> None:
    while process.poll() is None:
        usage.sample()
        if usage.peak / 2**20 > most_mib:
            raise TooLargeError(f"It took more than {most_mib:,.0f} MiB of memory.")
        time.sleep(SAMPLE_S)


def _end(process: subprocess.Popen) -> None:
    """Where the bench itself is stopped, what it started goes with it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
