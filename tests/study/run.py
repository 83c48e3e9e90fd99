"""One cell on one week: fitted and judged once, kept as JSON under a hash of all it depends on."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np

from tests.study.judging import BuyersOfWeek, WeekResult, buyers_in, judged
from tests.study.log import StudiedLog
from tests.study.systems import Alone, Cell, Group
from warehouse.stamps import digest

SLOW_S = 300
"""A cell that takes longer is said so."""


def key(log_stamp: str, code: str, cell: Cell, week: date) -> str:
    """What a result depends on: the log, the code, the cell's settings and the week; not how the cell is called."""
    return digest(log_stamp, code, cell.config, week)


def result_file(log: StudiedLog, cell: Cell, week: date) -> Path:
    return log.folder / "cells" / f"{key(log.stamp, log.code, cell, week)}.json"


def kept(log: StudiedLog, cell: Cell, week: date) -> WeekResult | None:
    """The result, where there is one."""
    file = result_file(log, cell, week)
    return WeekResult(**json.loads(file.read_text())) if file.exists() else None


def possible(log: StudiedLog, cell: Cell, week: date) -> bool:
    """Whether the label weeks that the cell learns from are built."""
    return isinstance(cell.what, Alone) or log.has_weeks(week, cell.what.weeks)


def study(
    log: StudiedLog,
    groups: Iterable[Group],
    say: Callable[[str], None],
    judge: Callable[[StudiedLog, Cell, date], WeekResult] | None = None,
) -> int:
    """Fit and judge what is not there yet; returns how many results were made. Stopped, the same call goes on.

    Args:
        say: called with one line per cell and week.
        judge: makes one result; `judged` by default.
    """
    made = 0
    for group, cell, week in todo(log, groups):
        result = (judge or judged)(log, cell, week)
        write(result_file(log, cell, week), asdict(result))
        made += 1
        say(line(log.name, group.name, cell.id, result))
    return made


def todo(log: StudiedLog, groups: Iterable[Group]) -> Iterator[tuple[Group, Cell, date]]:
    """What has no result when it is its turn, in the order of the groups; weeks of one cell one after the other."""
    for group in groups:
        for cell in group.cells:
            for week in log.judged(group.weeks):
                if possible(log, cell, week) and not result_file(log, cell, week).exists():
                    yield group, cell, week


def line(log: str, group: str, cell: str, result: WeekResult) -> str:
    """One line of progress."""
    score = np.mean(result.buyers["map_at_12"])
    slow = f", over {SLOW_S / 60:.0f} minutes" if result.seconds > SLOW_S else ""
    took = f"{result.seconds:.0f} s ({result.cpu_seconds:.0f} s of processor{slow})"
    return f"{log}, {group}: {cell} on {result.week}: MAP@12 {score:.4f}, {took}"


def buyers_of(log: StudiedLog, day: date) -> BuyersOfWeek:
    """Who bought in a week, kept as a file."""
    file = log.folder / "weeks" / f"{day}-{log.stamp}.json"
    if not file.exists():
        write(file, asdict(buyers_in(log.week(day))))
    return BuyersOfWeek(**json.loads(file.read_text()))


def write(file: Path, told: dict) -> None:
    """JSON that appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{time.time_ns()}")
    fresh.write_text(json.dumps(told))
    fresh.replace(file)
