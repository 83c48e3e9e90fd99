"""What a person sees while a step works: its lines, its seconds, its peak memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from rich.console import Console

SAMPLE_S = 0.5


@dataclass(frozen=True)
class StepTime:
    """Wall seconds and peak resident memory (this process and its children) of one step."""

    step: str
    seconds: float
    peak_mib: float


class _PeakMemory(threading.Thread):
    """Samples the resident memory of this process and all its children, the JVM among them."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._seen: set[int] = set()
        self._stop_asked = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            self.peak = max(self.peak, self._resident_bytes())
            self._stop_asked.wait(SAMPLE_S)

    def stop(self) -> float:
        self._stop_asked.set()
        self.join()
        return max(self.peak, self._resident_bytes()) / 2**20

    def _resident_bytes(self) -> int:
        """Bytes of all processes seen twice: one that was just forked still shows its parent's pages as its own."""
        total, before = 0, self._seen
        me = psutil.Process()
        family = [me, *me.children(recursive=True)]
        self._seen = {process.pid for process in family}
        for process in family:
            try:
                total += process.memory_info().rss if process.pid in before or process == me else 0
            except psutil.Error:
                continue
        return total


class Progress:
    """Prints steps and their lines to standard error; standard output stays for answers."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(stderr=True, highlight=False)
        self.times: list[StepTime] = []

    def say(self, line: str) -> None:
        """One line of a running step."""
        self.console.print(f"  {line}", markup=False, soft_wrap=True)

    def skipped(self, step: str, reason: str) -> None:
        """A step whose result stands."""
        self.console.print(f"[bold]{step}[/bold]: {reason}, skipped", soft_wrap=True)

    @contextmanager
    def step(self, name: str, what: str) -> Iterator[None]:
        """Announces a step; when it ended well, its seconds and peak memory."""
        self.console.print(f"[bold]{name}[/bold]: {what}", soft_wrap=True)
        memory = _PeakMemory()
        memory.start()
        begun = time.perf_counter()
        try:
            yield
        finally:
            seconds, peak = time.perf_counter() - begun, memory.stop()
        self.times.append(StepTime(name, seconds, peak))
        self.console.print(f"[bold]{name}[/bold]: done in {seconds:.1f} s, peak memory {peak:,.0f} MiB", soft_wrap=True)
