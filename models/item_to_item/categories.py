"""What is known of an article beside its buyers: its kind, and how it sells."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from models.axis import Axis
from models.decay import exponential
from models.interactions import Interactions

CATEGORY = "product_type_name"
ON_SALE_DAYS = 60
"""Articles that did not sell for so long are not shown: a fashion shop no longer has them (as `FactorSource`)."""

DECAY = exponential(30)
"""How much a sale or a basket still counts."""


def category_of(articles: Axis, attribute: str = CATEGORY) -> np.ndarray:
    """Category of every article, int32 from 0 on; articles whose attribute is unknown share one."""
    code = articles.codes(attribute)
    return np.where(code < 0, code.max(initial=-1) + 1, code).astype(np.int32)


def by_code(code: np.ndarray, rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each code among some rows, ascending, and its rows in the order given."""
    order = np.argsort(code[rows], kind="stable")
    found, start = np.unique(code[rows][order], return_index=True)
    yield from zip(found.tolist(), np.split(rows[order], start[1:]), strict=True)


def sales_of(log: Interactions, as_of: date) -> np.ndarray:
    """Decayed lines of every article in the days that count as on sale, float64; 0 where it is not."""
    return log.last_days(as_of, ON_SALE_DAYS).article_weights(as_of, DECAY)


def sales_place(sales: np.ndarray) -> np.ndarray:
    """Share of the articles on sale that sell less than each one, near 1 for the best seller; NaN where not on sale."""
    sold = np.flatnonzero(sales)
    place = np.full(len(sales), np.nan)
    place[sold[np.argsort(sales[sold], kind="stable")]] = (np.arange(len(sold)) + 0.5) / max(len(sold), 1)
    return place
