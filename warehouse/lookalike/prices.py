"""Prices in hundredths: a product's usual price, markdowns late in its life, members' offers; and their published form."""

from datetime import timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pyarrow as pa

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.categories import PRODUCT_TYPES
from warehouse.lookalike.departments import DEPARTMENTS
from warehouse.lookalike.draws import Draws

_POINTS = np.array([99, 199, 299, 399, 499, 599, 699, 799, 999, 1299, 1499, 1799, 1999, 2499, 2999, 3499, 3999, 4999, 5999,
                    6999, 7999, 9999, 12900, 14900, 19900, 29900])  # fmt: skip
_LEVELS = np.array([530, 690, 850, 1060, 1280, 1580, 2100, 3300])
_LEVEL_WEIGHTS = np.array([16, 36, 52, 54, 26, 9, 3, 1])
_CHILDREN = np.array([d.index_group == "Baby/Children" for d in DEPARTMENTS])
_TYPE_CENTS = np.array([t.cents for t in PRODUCT_TYPES.values()])
_OFFERS = np.repeat(1000 - 5 * np.arange(1, cal.DEEPEST_OFFER + 1), 4000 // (np.arange(1, cal.DEEPEST_OFFER + 1) + 8))
_LARGEST = 40_000


def base_cents(kind: np.ndarray, department: np.ndarray, launch: np.ndarray, taste: np.ndarray, draws: Draws) -> np.ndarray:
    """Usual price per product, on a price point; the first dimension of `taste` is set to its level."""
    level = draws.pick(len(kind), _LEVEL_WEIGHTS)
    taste[:, 0] = level - 3
    cents = _TYPE_CENTS[kind] * _LEVELS[level] // 1000
    cents = np.where(_CHILDREN[department], cents * 7 // 10, cents)
    old, new = cal.PRICES_RISE
    cents = cents * (old + (new - old) * np.maximum(launch, 0) // cal.WEEKS) // 1000
    return _POINTS[np.searchsorted(_POINTS, cents * 98 // 100).clip(0, len(_POINTS) - 1)]


def week_cents(cents: np.ndarray, life: np.ndarray, age_weeks: np.ndarray, week: int) -> np.ndarray:
    """Price of a week: marked down as sales fall behind their best, more so in a sale; ending in 9."""
    of_year = (cal.FIRST_DAY + timedelta(days=7 * week)).isocalendar().week
    steps = cal.SALE_MARKDOWN if of_year in cal.SALE_WEEKS else cal.MARKDOWN
    factor = np.select([life >= least for least, _ in steps], [price for _, price in steps], default=1000)
    factor = np.where(age_weeks < 6, 1000, factor)  # not while it is new
    marked = np.maximum(99, cents * factor // 1000 // 10 * 10 - 1)
    return np.where(factor == 1000, cents, marked)


def visit_factors(n: int, draws: Draws) -> np.ndarray:
    """What a visit pays per 1,000 of the price: members' offers."""
    return np.where(draws.chance(n, cal.MEMBER_OFFER), draws.of(n, _OFFERS), 1000)


@cache
def price_texts() -> pa.Array:
    """Text of the price for every number of hundredths: the published unit, 15 decimals at most."""
    digits = Decimal(1).scaleb(-15)
    texts = [f"{(Decimal(c) / cal.UNIT).quantize(digits):f}".rstrip("0") for c in range(1, _LARGEST)]
    return pa.array(["0.0", *texts])
