"""The study as Markdown: one table per question and log, every number out of the kept results."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from models.evaluation.intervals import Interval, mean_interval
from tests.study.judging import BuyersOfWeek, WeekResult
from tests.study.log import StudiedLog
from tests.study.run import SLOW_S, buyers_of, kept, possible
from tests.study.systems import Cell, Group
from warehouse.stamps import digest

HEAD = ("", "MAP@12", "to the reference", "95 % interval", "recall@100", "new articles", "candidates' recall", "CPU s", "")
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One cell over all judged weeks; the intervals are paired with the reference, customers drawn with all their weeks."""

    cell: Cell
    map: float
    difference: Interval
    recall: float
    map_new: float
    candidates: float | None
    cpu_seconds: float
    slow: bool

    @property
    def numbers(self) -> tuple[str, ...]:
        """As they are shown; without the seconds, which no sentence is about."""
        away = self.difference
        shown = (f"{away.mean:+.4f}", f"{away.low:+.4f} to {away.high:+.4f}") if away.low or away.high else ("", "")
        candidates = NOTHING if self.candidates is None else f"{self.candidates:.4f}"
        return (f"{self.map:.4f}", *shown, f"{self.recall:.4f}", f"{self.map_new:.4f}", candidates)

    @property
    def markdown(self) -> str:
        return row(self.cell.change, *self.numbers, f"{self.cpu_seconds:.1f}", "over 5 minutes" if self.slow else "")


def row(*cells: str) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def head(*names: str) -> list[str]:
    """The first lines of a table."""
    return [row(*names), row("---", *("---:" for _ in names[1:]))]


@dataclass(frozen=True)
class Found:
    """What is there of one group on one log."""

    log: StudiedLog
    group: Group

    @property
    def weeks(self) -> list[date]:
        return self.log.judged(self.group.weeks)

    def buyers(self) -> list[BuyersOfWeek]:
        return [buyers_of(self.log, week) for week in self.weeks]

    def results(self, cell: Cell) -> list[WeekResult] | None:
        """The cell's results on all judged weeks; None while one is missing."""
        found = [kept(self.log, cell, week) for week in self.weeks]
        return None if None in found else found

    def measure(self, cell: Cell, name: str = "map_at_12") -> np.ndarray | None:
        """A measure of every buyer of all judged weeks; None while a week is missing."""
        found = self.results(cell)
        return None if found is None else np.concatenate([r.buyers[name] for r in found])

    @property
    def reference(self) -> Cell:
        return next(cell for cell in self.group.cells if cell.id == self.group.reference)

    def missing(self) -> list[Cell]:
        """Cells still to be run."""
        able = [c for c in self.group.cells if all(possible(self.log, c, week) for week in self.weeks)]
        return [cell for cell in able if self.results(cell) is None]

    def impossible(self) -> list[Cell]:
        """Cells that want more label weeks than are built."""
        return [c for c in self.group.cells if not all(possible(self.log, c, week) for week in self.weeks)]

    def rows(self) -> Iterator[Row]:
        """Cells with all their weeks; none while the reference is missing."""
        base = self.measure(self.reference)
        if base is None:
            return
        customer = np.concatenate([b.customer for b in self.buyers()])
        for cell in self.group.cells:
            if (found := self.results(cell)) is not None:
                yield self._row(cell, found, base, customer)

    def _row(self, cell: Cell, found: list[WeekResult], base: np.ndarray, customer: np.ndarray) -> Row:
        score = self.measure(cell)
        learned = [r.told["recall_of_candidates"] for r in found if r.told]
        return Row(
            cell,
            float(score.mean()),
            mean_interval(customer, score - base),
            float(self.measure(cell, "recall_at_100").mean()),
            float(np.mean([r.map_new for r in found])),
            float(np.mean(learned)) if learned else None,
            float(np.mean([r.cpu_seconds for r in found])),
            any(r.seconds > SLOW_S for r in found),
        )


def table(rows: list[Row]) -> list[str]:
    """Lines of a group's table."""
    return [*head(*HEAD), *(row.markdown for row in rows)]


def figures(lines: list[tuple[str, ...]]) -> str:
    """Hash of what a table shows: a sentence about it is kept with the hash it was written for."""
    return digest(lines)[:8]
