"""What is shown of what was ranked: a cap per product, or variety against closeness to the top. Off by default.

docs/reranking.md has what either costs in MAP@12. Only the articles that are kept for it are moved, so what is judged, a
list of a hundred, and what is served, one of 24, begin alike.
"""

from dataclasses import dataclass, replace

import numpy as np

from models.interactions import Axis
from models.ranking.groups import places
from models.ranking.lists import RankedLists

KEPT = 24
"""Ranks that re-ranking looks at: what recs.recommendations keeps."""
ALIKE = ("product_code", "product_type_no", "department_no", "colour_group_code")
"""Attributes of dim_articles by which two articles are alike: the share that they have in common."""


@dataclass(frozen=True)
class Reranking:
    """The knobs.

    Attributes:
        max_per_product: articles of one product_code before others come first; 0: as many as there are.
        diversity: weight of unlikeness to what is already listed against the rank: 0 leaves the list, 1 ignores the rank.
    """

    max_per_product: int = 0
    diversity: float = 0.0

    @property
    def is_on(self) -> bool:
        """Whether it changes anything."""
        return self.max_per_product > 0 or self.diversity > 0

    def apply(self, lists: RankedLists, articles: Axis) -> RankedLists:
        """The lists in their new order; scores are those of the ranks, so they still fall."""
        if not self.is_on:
            return lists
        order = np.arange(len(lists))
        if self.diversity > 0:
            order = order[self._varied(lists, attributes_of(articles)[lists.article])]
        if self.max_per_product > 0:
            order = order[self._capped(lists.customer[order], articles.codes("product_code")[lists.article[order]])]
        return replace(
            lists,
            article=lists.article[order],
            source=lists.source[order],
            proposed=lists.proposed[order],
        )

    def _capped(self, customer: np.ndarray, product: np.ndarray) -> np.ndarray:
        """Order with the articles beyond the cap, of each customer's first `KEPT`, behind the others of these."""
        place = places(customer)
        near = np.flatnonzero((place < KEPT) & (product >= 0))
        by_product = near[np.lexsort((place[near], product[near], customer[near]))]
        same = np.unique(customer[by_product].astype(np.int64) << 32 | product[by_product], return_inverse=True)[1]
        beyond = np.zeros(len(customer), bool)
        beyond[by_product] = places(same) >= self.max_per_product
        return np.lexsort((place, beyond, place >= KEPT, customer))

    def _varied(self, lists: RankedLists, attributes: np.ndarray) -> np.ndarray:
        """Order by maximal marginal relevance (Carbonell and Goldstein 1998) of each customer's first `KEPT`.

        Relevance is 1 at rank 1 and falls evenly to 0; the likeness to a list is that to its most alike article.
        """
        place = places(lists.customer)
        near = place < KEPT
        row = np.unique(lists.customer, return_inverse=True)[1][near]
        at = np.full((int(row.max(initial=-1)) + 1, KEPT), -1)
        at[row, place[near]] = np.flatnonzero(near)
        chosen = self._greedy(at >= 0, attributes[at])
        order = np.arange(len(place))
        order[near] = np.take_along_axis(at, chosen, axis=1)[at >= 0]
        return order

    def _greedy(self, there: np.ndarray, attributes: np.ndarray) -> np.ndarray:
        """Customers × `KEPT` places in order of choice.

        Args:
            there: whether the customer has an article at the place.
            attributes: customers × places × attributes; -1 is like nothing.
        """
        relevance = np.where(there, (1 - self.diversity) * (1 - np.arange(KEPT) / KEPT), -np.inf)
        likeness, left, rows = np.zeros(there.shape), there.copy(), np.arange(len(there))
        chosen = np.zeros(there.shape, int)
        for step in range(KEPT):
            best = np.argmax(np.where(left, relevance - self.diversity * likeness, -np.inf), axis=1)
            best = np.where(left.any(axis=1), best, step)
            chosen[:, step], left[rows, best] = best, False
            its = attributes[rows, best][:, None]
            likeness = np.maximum(likeness, ((attributes == its) & (its >= 0)).mean(axis=2))
        return chosen


AS_RANKED = Reranking()
"""Nothing is moved."""


def attributes_of(articles: Axis) -> np.ndarray:
    """Articles × attributes as codes, -1 where unknown."""
    return np.column_stack([articles.codes(name) for name in ALIKE])
