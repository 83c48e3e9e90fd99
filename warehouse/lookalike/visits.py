"""When customers shop and how many lines each basket has, before anything is known of what they buy."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import log

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.draws import Draws, quantile_table

_BLOCK = 200_000


@dataclass(frozen=True)
class Visits:
    """One entry per customer and shopping day, ascending by day and customer; `rows` sum to the wanted number."""

    customer: np.ndarray
    day: np.ndarray
    rows: np.ndarray

    def days(self) -> Iterator[tuple[int, slice]]:
        """Each day of the log and its visits."""
        edges = np.searchsorted(self.day, np.arange(cal.DAYS + 1))
        for day in range(cal.DAYS):
            yield day, slice(int(edges[day]), int(edges[day + 1]))


def build_visits(customers: int, rows: int, seed: int) -> Visits:
    """Shopping days of all customers, and basket sizes that sum to `rows` exactly."""
    usual = customers * 2317 // 100  # rows that the calibrated percentiles give
    blocks = [
        _block(first, min(_BLOCK, customers - first), rows * 1000 // usual, seed) for first in range(0, customers, _BLOCK)
    ]
    key = np.concatenate(blocks)
    key.sort()
    key = key[np.concatenate([[True], key[1:] != key[:-1]])]
    day, customer = key >> 21, key & (2**21 - 1)
    size = _exactly(_basket_rows(customer, customers, seed) * basket_trend(day), rows, Draws(seed, 22))
    return Visits(customer, day, size)


def day_table() -> np.ndarray:
    """Cumulative weight before each day: months and weekdays as published, a little of each day's own."""
    weights = np.empty(cal.DAYS, dtype=np.int64)
    days = [cal.FIRST_DAY + timedelta(days=d) for d in range(cal.DAYS)]
    months = [d.strftime("%Y-%m") for d in days]
    in_month = Counter(months)
    own = Draws(2018, 20).below(cal.DAYS, 400) + 800
    # A visit soon after another falls on any weekday, so the others must lean on the weekdays more.
    lean = [share * 12 // 10 - 286 for share in cal.WEEKDAY_SHARE]
    for d, day in enumerate(days):
        share = cal.MONTH_SHARE[months[d]] * lean[day.weekday()] * own[d] // in_month[months[d]]
        if d >= cal.DAYS - 7:
            share = share * cal.LAST_WEEK // 1000
        weights[d] = share * 1000 // (_customers_on(d) * basket_trend(d))
    return np.concatenate([[0], np.cumsum(weights)])


def basket_trend(day: int | np.ndarray) -> int | np.ndarray:
    """Usual size of a basket on a day, per 1,000 of all days'."""
    first, last = cal.BASKET_TREND
    return first + (last - first) * day // (cal.DAYS - 1)


def _customers_on(day: int) -> int:
    """How dense the customers' windows lie on a day, 10,000 on average: those that shop from some day on crowd the end."""
    late = -log(1 - day / (cal.DAYS + 7))
    return 10_000 - cal.FROM_THEN_ON + round(cal.FROM_THEN_ON * late)


_DAYS = day_table()


def _season_days(n: int, first: np.ndarray, last: np.ndarray, draws: Draws) -> np.ndarray:
    """A day in [first, last] each, by season and weekday."""
    start = _DAYS[first]
    at = start + draws.below(n, _DAYS[last + 1] - start)
    return np.searchsorted(_DAYS, at, side="right") - 1


def _block(first: int, n: int, per_mille: int, seed: int) -> np.ndarray:
    """Keys day << 21 | customer of the shopping days of one block of customers."""
    draws = Draws(seed, 21, first)
    count = draws.of(n, quantile_table(cal.SHOPPING_DAYS)) * per_mille
    count = np.maximum(1, (count + draws.below(n, 1000)) // 1000)
    count[draws.chance(n, cal.NEVER_BOUGHT)] = 0
    start, end = _windows(n, draws)
    count = np.minimum(count, 1 + (end - start) // cal.DAYS_PER_VISIT)
    customer = np.repeat(np.arange(n), count)
    day = _season_days(len(customer), start[customer], end[customer], draws)
    day = _soon_again(customer, day, end[customer], draws)
    return (day << 21) | (customer + first)


def _windows(n: int, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    """First and last day on which each customer may shop; windows cover every part of the span alike."""
    shortest = cal.SHORTEST_WINDOW_DAYS
    length = shortest + draws.below(n, cal.DAYS - shortest)
    start = draws.below(n, cal.DAYS + length - 2 * shortest) - length + shortest
    u = draws.below(n, 10_000)
    whole, from_then_on = u < cal.WHOLE_SPAN, u >= 10_000 - cal.FROM_THEN_ON
    start = np.where(whole, 0, np.where(from_then_on, draws.below(n, cal.DAYS - 7), start))
    end = np.where(whole | from_then_on, cal.DAYS, start + length) - 1
    return np.maximum(start, 0), np.minimum(end, cal.DAYS - 1)


def _soon_again(customer: np.ndarray, day: np.ndarray, end: np.ndarray, draws: Draws) -> np.ndarray:
    """Some visits are moved to a few days after the one before them in the list; runs of such visits add up."""
    n = len(day)
    follows = draws.chance(n, cal.SOON_AGAIN)
    follows[1:] &= customer[1:] == customer[:-1]
    follows[:1] = False
    gap = np.where(follows, draws.of(n, quantile_table(cal.SOON_GAP_DAYS)), 0)
    total = np.cumsum(gap)
    anchor = np.maximum.accumulate(np.where(follows, 0, np.arange(n)))
    moved = day[anchor] + total - total[anchor]
    return np.where(moved <= end, moved, day)


def _basket_rows(customer: np.ndarray, customers: int, seed: int) -> np.ndarray:
    """Lines per basket: partly the customer's habit, partly chance."""
    draws = Draws(seed, 23)
    table = quantile_table(cal.BASKET_ROWS)
    n, size = len(customer), len(table)
    habit = draws.below(customers, size)[customer] + draws.below(n, size // 2) - size // 4
    habit = np.where(habit < 0, -habit - 1, habit)
    habit = np.where(habit >= size, 2 * size - 1 - habit, habit)
    return table[np.where(draws.chance(n, cal.OWN_BASKET_SIZE), habit, draws.below(n, size))]


def _exactly(size: np.ndarray, rows: int, draws: Draws) -> np.ndarray:
    """Relative basket sizes scaled and then nudged by one line here and there until they sum to `rows`."""
    total = int(size.sum())
    scaled = size * (rows * 10**9 // total) // 10**6
    size = np.maximum(1, (scaled + draws.below(len(size), 1000)) // 1000)
    while (missing := rows - int(size.sum())) != 0:
        free = np.flatnonzero(size >= (1 if missing > 0 else 2))
        if len(free) == 0:
            return size
        chosen = free[draws.order(len(free))[: abs(missing)]]
        size[chosen] += 1 if missing > 0 else -1
    return size
