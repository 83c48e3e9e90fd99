"""What each customer bought: the last lines in a ring, everything ever in a few bits; fixed memory per customer."""

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.draws import Draws

# How far back a line is recalled: soon after a visit the last ones, later any of them.
_JUST_BOUGHT = np.array([3600 // (back + 1) ** 2 for back in range(cal.MEMORY)])
_LONG_AGO = np.array([5040 // (back + 8) for back in range(cal.MEMORY)])
NEVER = 9_999
_BITS = 512


class Memory:
    """The last `MEMORY` lines of each customer and the day of the last visit."""

    def __init__(self, customers: int) -> None:
        self._article = np.full((customers, cal.MEMORY), -1, dtype=np.int32)
        self._count = np.zeros(customers, dtype=np.int32)
        self._owned = np.zeros(customers * _BITS // 8, dtype=np.uint8)
        self._last_day = np.full(customers, -1, dtype=np.int16)

    def gap(self, customer: np.ndarray, day: int) -> np.ndarray:
        """Days since each customer's last visit; `NEVER` where there is none."""
        return np.where(self._count[customer] > 0, day - self._last_day[customer], NEVER)

    def recall(self, customer: np.ndarray, gap: np.ndarray, draws: Draws) -> np.ndarray:
        """One remembered article per entry, `gap` days after the last visit; -1 where there is none."""
        n = len(customer)
        back = np.where(gap <= cal.JUST_BOUGHT, draws.pick(n, _JUST_BOUGHT), draws.pick(n, _LONG_AGO))
        count = self._count[customer]
        back = np.minimum(back, np.maximum(count - 1, 0))
        article = self._article[customer, (count - 1 - back) % cal.MEMORY].astype(np.int64)
        return np.where(count > 0, article, -1)

    def owns(self, customer: np.ndarray, product: np.ndarray) -> np.ndarray:
        """Whether each customer bought the product before; sometimes true of one that shares its bit."""
        byte, bit = _place(customer, product)
        return (self._owned[byte] & bit) > 0

    def remember(self, customer: np.ndarray, article: np.ndarray, product: np.ndarray, day: int) -> None:
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
        byte, bit = _place(customer, product)
        np.bitwise_or.at(self._owned, byte, bit)
        self._last_day[customer[starts]] = day


def _place(customer: np.ndarray, product: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Byte and bit of a customer's product."""
    at = (product * 40_503 >> 4) % _BITS
    return customer * (_BITS // 8) + (at >> 3), (1 << (at & 7)).astype(np.uint8)
