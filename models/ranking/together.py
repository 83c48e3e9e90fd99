"""How an article goes with what the customer bought lately, from the mart of articles bought together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.interactions import Interactions
from models.ranking.groups import find, places
from models.ranking.proposals import Proposals

RECENT_ARTICLES = 12
"""A customer's latest distinct articles that a candidate is held against: about the last two or three baskets."""


@dataclass(frozen=True)
class Recent:
    """The latest articles of some customers, ascending by (customer, place), place 0 the latest."""

    customer: np.ndarray
    article: np.ndarray

    def of(self, customers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(start, count) of each customer's rows."""
        start = np.searchsorted(self.customer, customers)
        return start, np.searchsorted(self.customer, customers, side="right") - start


def recent_articles(log: Interactions, wanted: np.ndarray, n: int = RECENT_ARTICLES) -> Recent:
    """The n latest distinct articles of every wanted customer (mask); those of one day in order of article."""
    rows = np.flatnonzero(wanted[log.customer])
    customer, article, day = log.customer[rows], log.article[rows], log.day[rows]
    order = np.lexsort((article, -day, customer))
    customer, article = customer[order], article[order]
    pair = customer.astype(np.int64) * len(log.articles) + article
    first = np.sort(np.unique(pair, return_index=True)[1])
    customer, article = customer[first], article[first]
    latest = places(customer) < n
    return Recent(customer[latest], article[latest])


@dataclass(frozen=True)
class ArticlePairs:
    """Articles bought together.

    Attributes:
        columns: names of the pair features.
        start: rows of article i are `start[i]:start[i+1]`.
        paired: the other article, ascending within an article.
        values: float32 rows × columns.
    """

    columns: list[str]
    start: np.ndarray
    paired: np.ndarray
    values: np.ndarray

    @classmethod
    def make(
        cls, columns: list[str], article: np.ndarray, paired: np.ndarray, values: np.ndarray, size: int
    ) -> "ArticlePairs":
        """From rows in any order; `size` is the number of articles."""
        order = np.lexsort((paired, article))
        start = np.searchsorted(article[order], np.arange(size + 1))
        return cls(columns, start, paired[order], values[order])

    @cached_property
    def codes(self) -> np.ndarray:
        """article × paired of every row as one integer, ascending."""
        n = len(self.start) - 1
        return np.repeat(np.arange(n, dtype=np.int64), np.diff(self.start)) * n + self.paired

    def rows_of(self, articles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(which of `articles`, row) for every pair of each of them."""
        count = self.start[articles + 1] - self.start[articles]
        owner = np.repeat(np.arange(len(articles)), count)
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return owner, self.start[articles][owner] + offset


@dataclass(frozen=True)
class BoughtTogether:
    """Per pair feature, its largest value and its sum over the customer's latest articles."""

    pairs: ArticlePairs
    recent: Recent
    n_articles: int

    @property
    def names(self) -> list[str]:
        return [f"together.{how}_{c}" for how in ("max", "sum") for c in self.pairs.columns]

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        owner, row = self.pairs.rows_of(self.recent_of(proposals)[1])
        customer = self.recent_of(proposals)[0][owner]
        code = customer.astype(np.int64) * self.n_articles + self.pairs.paired[row]
        asked = proposals.customer.astype(np.int64) * self.n_articles + proposals.article
        at = find(asked, code)
        at, row = at[at >= 0], row[at >= 0]
        order = np.argsort(at, kind="stable")
        self._aggregate(at[order], self.pairs.values[row[order]], out)

    def recent_of(self, proposals: Proposals) -> tuple[np.ndarray, np.ndarray]:
        """(customer, article) of the latest articles of the customers proposed to."""
        customers = np.unique(proposals.customer)
        start, count = self.recent.of(customers)
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        rows = np.repeat(start, count) + offset
        return self.recent.customer[rows], self.recent.article[rows]

    def _aggregate(self, at: np.ndarray, values: np.ndarray, out: np.ndarray) -> None:
        width = len(self.pairs.columns)
        out[:] = np.nan
        start = np.flatnonzero(np.diff(at, prepend=-1))
        if len(start):
            out[at[start], :width] = np.fmax.reduceat(values, start, axis=0)
            out[at[start], width:] = np.add.reduceat(np.nan_to_num(values), start, axis=0)
