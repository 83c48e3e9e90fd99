"""One cell fitted and judged on one week, and who bought in the week."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from models.evaluation.metrics import DEEP_K
from models.evaluation.week import Week
from models.interactions import day_number
from tests.study.fitting import Fitted, fit_and_list
from tests.study.log import StudiedLog, clocks
from tests.study.systems import Alone, Cell, System

MEASURES = ("map_at_12", "recall_at_100")


@dataclass(frozen=True)
class WeekResult:
    """One cell on one week.

    Attributes:
        week: as-of date.
        buyers: measure -> value per buyer of the week, in order of customer.
        map_new: MAP@12 on articles that the buyer had not bought before.
        told: figures of the learning (full system only).
        figures: coverage, novelty and share of repeats of the lists (`models.evaluation.week`).
        seconds: wall clock of fitting and judging; of a source alone, of fitting and asking it.
        cpu_seconds: of all threads.
    """

    week: str
    buyers: dict[str, list[float]]
    map_new: float
    seconds: float
    cpu_seconds: float
    told: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BuyersOfWeek:
    """Who bought in a week, which no cell changes.

    Attributes:
        customer: index of each buyer, ascending: tells one customer's weeks together.
        recency: days since the buyer's last purchase before the week; -1 without one.
        everyone: the same of every customer of the log, counted: `[days, customers]`.
    """

    week: str
    customer: list[int]
    recency: list[int]
    everyone: list[list[int]]


def judged(log: StudiedLog, cell: Cell, day: date) -> WeekResult:
    """Fit and judge one cell on one week."""
    week, begun = log.week(day), clocks()
    found = fitted(log, cell.what, day)
    scores = week.score(found.lists)
    took = log.took(cell.what.source, day, DEEP_K) if isinstance(cell.what, Alone) else clocks() - begun
    buyers = {measure: np.round(scores.buyers[measure], 9).tolist() for measure in MEASURES}
    return WeekResult(str(day), buyers, float(np.mean(scores.new_map)), *map(float, took), found.told, scores.figures)


def fitted(log: StudiedLog, what: System | Alone, day: date) -> Fitted:
    """The lists of a cell."""
    return Fitted(log.block(what.source, day, DEEP_K), {}) if isinstance(what, Alone) else fit_and_list(log, what, day)


def buyers_in(week: Week) -> BuyersOfWeek:
    last = np.full(len(week.log.customers), day_number(week.as_of) + 1)
    np.minimum.at(last, week.before.customer, day_number(week.as_of) - week.before.day)
    recency = np.where(last > day_number(week.as_of), -1, last)
    days, customers = np.unique(recency, return_counts=True)
    everyone = np.column_stack([days, customers]).tolist()
    buyers = week.truth.customer
    return BuyersOfWeek(str(week.as_of), buyers.tolist(), recency[buyers].tolist(), everyone)
