"""The best proposals of each customer, and articles that sell for whoever has too few."""

from dataclasses import dataclass

import numpy as np

from models.candidates.base import CandidateBlock
from models.decay import reciprocal
from models.interactions import Interactions
from models.ranking.groups import find, places
from models.ranking.proposals import Proposals

POPULAR = "popular"
SHOWN = 12
"""Articles every customer gets at least, as long as so many were ever sold."""


@dataclass(frozen=True)
class RankedLists:
    """Ranked articles, ascending by (customer, rank).

    Attributes:
        customer: int32 index.
        article: int32 index, distinct within a customer.
        rank: int16, 1 is best, without gaps.
        score: float32, falling with the rank.
        source: column of the source that ranked the article best.
        proposed: rows × sources, who proposed it.
        sources: names of the columns; a filled article comes from `popular`.
    """

    customer: np.ndarray
    article: np.ndarray
    rank: np.ndarray
    score: np.ndarray
    source: np.ndarray
    proposed: np.ndarray
    sources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def block(self) -> CandidateBlock:
        """Customers, articles, ranks and scores alone: what the evaluation takes."""
        return CandidateBlock(self.customer, self.article, self.rank, self.score)


def best(proposals: Proposals, score: np.ndarray, keep: int) -> RankedLists:
    """The `keep` best proposals of each customer; equal scores in order of article, which is that of its id."""
    order = np.lexsort((proposals.article, -score, proposals.customer))
    order = order[places(proposals.customer[order]) < keep]
    customer = proposals.customer[order]
    kept = proposals.where(order)
    rank = (places(customer) + 1).astype(np.int16)
    return RankedLists(customer, kept.article, rank, score[order], kept.best_source, kept.proposed, proposals.sources)


@dataclass(frozen=True)
class Filler:
    """Knows what may be recommended, and completes lists with what sells.

    Attributes:
        popular: articles sold before the date, best sellers first.
        forbidden: codes customer × article that may not be recommended, ascending (what was bought, where repeats are off).
        n_articles: to make codes.
    """

    popular: np.ndarray
    forbidden: np.ndarray
    n_articles: int

    @classmethod
    def of(cls, log: Interactions, as_of, allow_repeats: bool = True) -> "Filler":
        """From the log before a date: articles by sum over lines of 1 / age in days, ties by article."""
        seen = log.before(as_of)
        weight = seen.article_weights(as_of, reciprocal)
        popular = seen.sold[np.argsort(-weight[seen.sold], kind="stable")]
        if allow_repeats:
            return cls(popular, np.zeros(0, np.int64), len(log.articles))
        code = seen.pairs.customer.astype(np.int64) * len(log.articles) + seen.pairs.article
        return cls(popular, code, len(log.articles))

    def allows(self, customer: np.ndarray, article: np.ndarray) -> np.ndarray:
        """Mask of rows whose article was sold before the date and may be recommended to the customer."""
        sold = np.zeros(self.n_articles, bool)
        sold[self.popular] = True
        return sold[article] & (find(self.forbidden, customer.astype(np.int64) * self.n_articles + article) < 0)

    def fill(self, lists: RankedLists, customers: np.ndarray, shown: int = SHOWN) -> RankedLists:
        """At least `shown` articles for every one of `customers` (ascending); fewer only if no more were ever sold."""
        count = np.searchsorted(lists.customer, customers, side="right") - np.searchsorted(lists.customer, customers)
        short = count < shown
        if not short.any():
            return lists
        customer, article = self._additions(lists, customers[short], shown - count[short], shown)
        return merged(lists, customer, article)

    def _additions(
        self, lists: RankedLists, customers: np.ndarray, missing: np.ndarray, shown: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """(customer, article) to append, in order: the first best sellers that are neither listed nor forbidden."""
        first = np.searchsorted(self.forbidden, customers.astype(np.int64) * self.n_articles)
        last = np.searchsorted(self.forbidden, (customers.astype(np.int64) + 1) * self.n_articles)
        width = min(len(self.popular), shown + int((last - first).max(initial=0)))
        customer = np.repeat(customers, width)
        article = np.tile(self.popular[:width], len(customers))
        code = customer.astype(np.int64) * self.n_articles + article
        listed = np.sort(lists.customer.astype(np.int64) * self.n_articles + lists.article)
        free = (find(listed, code) < 0) & self.allows(customer, article)
        customer, article, missing = customer[free], article[free], np.repeat(missing, width)[free]
        keep = places(customer) < missing
        return customer[keep], article[keep]


def merged(lists: RankedLists, customer: np.ndarray, article: np.ndarray) -> RankedLists:
    """Lists with articles appended after each customer's own, scored below them."""
    sources = lists.sources if POPULAR in lists.sources else (*lists.sources, POPULAR)
    column = sources.index(POPULAR)
    own = np.pad(lists.proposed, ((0, 0), (0, len(sources) - len(lists.sources))))
    added = np.zeros((len(customer), len(sources)), bool)
    added[:, column] = True
    order = np.argsort(np.concatenate([lists.customer, customer]), kind="stable")
    who = np.concatenate([lists.customer, customer])[order]
    return RankedLists(
        customer=who.astype(np.int32),
        article=np.concatenate([lists.article, article])[order].astype(np.int32),
        rank=(places(who) + 1).astype(np.int16),
        score=np.concatenate([lists.score, floor_scores(lists, customer)])[order].astype(np.float32),
        source=np.concatenate([lists.source, np.full(len(customer), column)])[order],
        proposed=np.concatenate([own, added])[order],
        sources=sources,
    )


def floor_scores(lists: RankedLists, customer: np.ndarray) -> np.ndarray:
    """Scores of appended articles: one less each than the customer's last one, from 0 without any."""
    last = np.searchsorted(lists.customer, customer, side="right") - 1
    has = (last >= 0) & (lists.customer[last] == customer) if len(lists) else np.zeros(len(customer), bool)
    base = np.where(has, lists.score[last], 0.0) if len(lists) else np.zeros(len(customer))
    return base - places(customer) - 1
