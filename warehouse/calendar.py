"""The as-of rule as dates: which days a chain of weeks needs.

`as_of_date` is the first day that may not be seen. Labels are the seven days from it on. Training weeks are counted back
from the as-of date in sevens, so the last label week ends where the unseen begins.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from infra.errors import UserError

WEEK = timedelta(days=7)
TRAIN_WEEKS = 8
"""Label weeks a ranker learns from; the reference of the real log gains nothing visible beyond eight."""
MIN_HISTORY_DAYS = 28
"""A training week with less history than this before it teaches what beginners look like, not customers."""


class LogTooShortError(UserError):
    """The landed log holds too few weeks to learn from and to judge."""


@dataclass(frozen=True)
class LandedSpan:
    """First and last landed day of purchase."""

    first_day: date
    last_day: date

    @property
    def as_of_date(self) -> date:
        """The default as-of date: the day after the last landed day."""
        return self.last_day + timedelta(days=1)


def training_dates(as_of_date: date, first_day: date, weeks: int = TRAIN_WEEKS) -> list[date]:
    """As-of dates of the label weeks to learn from, latest first; fewer than asked where the log is short.

    Raises:
        LogTooShortError: not one week has `MIN_HISTORY_DAYS` of history before it.
    """
    found = [as_of_date - k * WEEK for k in range(1, weeks + 1)]
    usable = [d for d in found if (d - first_day).days >= MIN_HISTORY_DAYS]
    if not usable:
        raise LogTooShortError(
            f"The log begins on {first_day}, so {_first_date_to_train_for(first_day)} is the first date to train for, "
            f"not {as_of_date}: ask for a later date."
        )
    return usable


def _first_date_to_train_for(first_day: date) -> date:
    return first_day + timedelta(days=MIN_HISTORY_DAYS) + WEEK


def evaluation_dates(as_of_date: date, weeks: int) -> list[date]:
    """As-of dates of the last `weeks` whole label weeks before a date, latest first."""
    return [as_of_date - k * WEEK for k in range(1, weeks + 1)]


def chain_dates(span: LandedSpan, as_of_date: date, evaluation: list[date], weeks: int = TRAIN_WEEKS) -> list[date]:
    """Every as-of date that a chain needs features of, latest first: to recommend, to judge, and to train for both.

    Raises:
        LogTooShortError: the earliest of them has no week to learn from; the message says how far the log must reach.
    """
    _require_history(span, as_of_date, evaluation)
    needed = {as_of_date, *evaluation}
    for d in (as_of_date, *evaluation):
        needed.update(training_dates(d, span.first_day, weeks))
    return sorted(needed, reverse=True)


def _require_history(span: LandedSpan, as_of_date: date, evaluation: list[date]) -> None:
    back = as_of_date - min([as_of_date, *evaluation])
    first_possible = _first_date_to_train_for(span.first_day) + back
    if as_of_date >= first_possible:
        return
    judged = f" and to judge {len(evaluation)} week{'s' if len(evaluation) > 1 else ''} before it" if evaluation else ""
    asked = f"The log runs from {span.first_day} to {span.last_day}; to train for {as_of_date}{judged}, "
    last_day = first_possible - timedelta(days=1)
    if last_day > span.last_day:
        raise LogTooShortError(f"{asked}it must reach {last_day}: land more weeks.")
    raise LogTooShortError(f"{asked}that date is too early: ask for {first_possible} or a later date.")
