"""The whole chain, land to publish for every customer: seconds and peak memory of each step."""

from collections.abc import Iterable
from pathlib import Path

from tests.bench.log import Log
from tests.bench.pieces.growth import by_step
from tests.bench.pieces.state import FINISHED, hm
from tests.bench.record import Found, Row

DEPENDS = ("hm", "infra", "warehouse", "spark_jobs", "models", "dbt_project", "tests/bench/pieces/growth.py")
ASKED = ("--train-weeks", 4, "--weeks", 1)
"""One judged week, four label weeks to learn from: six as-of dates."""


def measured(log: Log) -> Found:
    """`hm run`, gone on with where an earlier call was stopped: every step is told by the call that did it last."""
    home = log.own_work / "home-chain"
    earlier = said_by(log)
    hm(log, home, f"chain-{len(earlier) + 1}", "run", log.folder, *ASKED, "--force")
    (home / FINISHED).touch()
    return Found("Full chain", f"hm run --train-weeks {ASKED[1]} --weeks {ASKED[3]}", rows(said_by(log)), notes(earlier))


def said_by(log: Log) -> list[Path]:
    """What each call said, in their order."""
    return sorted(log.logs.glob("chain-*.log"), key=lambda file: int(file.stem.split("-")[1]))


def rows(calls: Iterable[Path]) -> list[Row]:
    """A row per step and one of all."""
    found = by_step(*(call.read_text() for call in calls))
    steps = [{"step": s, "seconds": round(t["seconds"], 1), "peak MiB": round(t["peak"])} for s, t in found.items()]
    whole = {"step": "all", "seconds": sum(row["seconds"] for row in steps), "peak MiB": max(r["peak MiB"] for r in steps)}
    return [*steps, whole]


def notes(earlier: list[Path]) -> list[str]:
    """How to read the table."""
    stopped = f"The chain was stopped and went on {len(earlier)} times; " if earlier else ""
    return [
        f"{stopped}a step that was stopped in its middle shows the call that ended it.",
        "Peak memory is that of the command and its children, the JVM among them; a bound of 16 GiB is asked for.",
    ]
