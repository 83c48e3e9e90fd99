"""What kind of thing an article is, as one dense code per article."""

from collections.abc import Iterator

import numpy as np

from models.axis import Axis
from models.decay import exponential

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
