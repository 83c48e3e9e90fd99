"""Many connections asking at once, each again as soon as it is answered; what each question took."""

import http.client
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Ask = Callable[[http.client.HTTPConnection, str], None]


@dataclass(frozen=True)
class Measured:
    """One phase.

    Attributes:
        p50, p95, p99: milliseconds of an answer, from the first byte sent to the last one read.
        per_s: answers per second of all connections.
        cpu_ms: processor time of the server per answer, whatever else the machine did.
    """

    answers: int
    p50: float
    p95: float
    p99: float
    per_s: float
    cpu_ms: float


def summed(seconds: Sequence[float], wall_s: float, cpu_s: float) -> Measured:
    """Percentiles of all answers of a phase."""
    p50, p95, p99 = np.percentile(np.array(seconds) * 1e3, [50, 95, 99])
    return Measured(len(seconds), p50, p95, p99, len(seconds) / wall_s, 1e3 * cpu_s / len(seconds))


def drive(
    port: int, connections: int, wall_s: float, customers: Sequence[str], ask: Ask, host: str = "127.0.0.1"
) -> list[float]:
    """Seconds of every answer within `wall_s`; any other answer than 200 ends it."""
    taken: list[float] = []
    faults: list[str] = []
    end = time.perf_counter() + wall_s

    def go(seed: int) -> None:
        rng, mine = random.Random(seed), []
        line = http.client.HTTPConnection(host, port, timeout=60)
        try:
            ask(line, customers[0])
            while (begun := time.perf_counter()) < end and not faults:
                ask(line, rng.choice(customers))
                mine.append(time.perf_counter() - begun)
        except Exception as error:
            faults.append(repr(error))
        finally:
            line.close()
            taken.extend(mine)

    threads = [threading.Thread(target=go, args=(seed,)) for seed in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return taken


def answered(line: http.client.HTTPConnection) -> bytes:
    """The body of an answer that is well."""
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} {body[:300]!r}")
    return body
