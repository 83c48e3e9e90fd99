"""What each customer bought last: a ring of lines per customer, in fixed memory."""

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.draws import Draws

# How far back a line is recalled: the last one most often.
_BACK_WEIGHTS = np.array([1200 // (back + 3) for back in range(cal.MEMORY)])
NEVER = 9_999


class Memory:
    """The last `MEMORY` lines of each customer and the day of the last visit."""

    def __init__(self, customers: int) -> None:
        self._article = np.full((customers, cal.MEMORY), -1, dtype=np.int32)
        self._count = np.zeros(customers, dtype=np.int32)
        self._last_day = np.full(customers, -1, dtype=np.int16)

    def recall(self, customer: np.ndarray, day: int, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
        """One remembered article per entry (-1: none) and the days since the customer's last visit."""
        back = draws.pick(len(customer), _BACK_WEIGHTS)
        count = self._count[customer]
        back = np.minimum(back, np.maximum(count - 1, 0))
        article = self._article[customer, (count - 1 - back) % cal.MEMORY].astype(np.int64)
        gap = np.where(count > 0, day - self._last_day[customer], NEVER)
        return np.where(count > 0, article, -1), gap

    def remember(self, customer: np.ndarray, article: np.ndarray, day: int) -> None:
        """Add lines, grouped by customer in the order bought; of one visit the last `MEMORY` are kept."""
        if len(customer) == 0:
            return
        starts = np.flatnonzero(np.concatenate([[True], customer[1:] != customer[:-1]]))
        sizes = np.diff([*starts, len(customer)])
        rank = np.arange(len(customer)) - np.repeat(starts, sizes)
        kept = rank >= np.repeat(sizes, sizes) - cal.MEMORY
        who, at = customer[kept], rank[kept]
        self._article[who, (self._count[who] + at) % cal.MEMORY] = article[kept]
        self._count[customer[starts]] += sizes.astype(np.int32)
        self._last_day[customer[starts]] = day
