"""One judged week: its truth, what was known before it, and every system's scores on it."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from models.candidates.base import CandidateBlock
from models.evaluation.metrics import K, among, codes, gini, only_new, per_buyer, same_product, without_bought
from models.interactions import Interactions, Truth, day_number

Lists = CandidateBlock
"""Ranked articles per customer, ascending by customer and rank: what a system answers."""

ACTIVE_DAYS = 30
"""A buyer who bought in so many days before the week is active, one who bought earlier dormant, else cold."""
POPULAR_DAYS = 28
HEAD = 0.2
"""Share of the articles sold lately that are the head; the others are the tail."""
SEGMENTS = ("active", "dormant", "cold")


@dataclass(frozen=True)
class Scores:
    """One system on one week.

    Attributes:
        buyers: metric -> value per buyer of the week.
        new_map: MAP@12 on articles the buyer had not bought before, per buyer who bought such.
        figures: metric -> one number of the whole week, over the twelve that are shown (`Week.figures`).
    """

    buyers: dict[str, np.ndarray]
    new_map: np.ndarray
    figures: dict[str, float]


@dataclass(frozen=True)
class Week:
    """The seven days from `as_of` on, and the log before them."""

    log: Interactions
    as_of: date

    @cached_property
    def truth(self) -> Truth:
        """What was bought in the week, per buyer."""
        return self.log.labels(self.as_of)

    @cached_property
    def before(self) -> Interactions:
        """What every judged system may have seen."""
        return self.log.before(self.as_of)

    @cached_property
    def segment(self) -> np.ndarray:
        """Per buyer: 0 active, 1 dormant, 2 cold."""
        last = np.full(len(self.log.customers), -1, np.int64)
        np.maximum.at(last, self.before.customer, self.before.day)
        last = last[self.truth.customer]
        since = day_number(self.as_of - timedelta(days=ACTIVE_DAYS))
        return np.where(last >= since, 0, np.where(last >= 0, 1, 2))

    @cached_property
    def _bought(self) -> np.ndarray:
        """Codes of the pairs that the week's buyers bought before it, ascending."""
        pairs = self.before.of_customers(self.truth.customer).pairs
        return codes(pairs.customer, pairs.article, len(self.log.articles))

    @cached_property
    def _new_truth(self) -> Truth:
        return only_new(self.truth, self._bought, len(self.log.articles))

    @cached_property
    def _n_sold(self) -> int:
        return len(self.before.sold)

    @cached_property
    def _surprise(self) -> np.ndarray:
        """Per article: -log2 of the share of earlier buyers who bought it."""
        n_buyers = np.bincount(self.before.pairs.article, minlength=len(self.log.articles))
        return -np.log2(np.maximum(n_buyers, 1) / max(len(self.before.buyers), 1))

    def score(self, lists: Lists) -> Scores:
        """Judge one system's lists, at least 12 and at best 100 deep; lists of others than the week's buyers are ignored."""
        lists = lists.where(among(self.truth.customer, lists.customer))
        n_articles = len(self.log.articles)
        new = per_buyer(without_bought(lists, self._bought, n_articles), self._new_truth, n_articles)
        return Scores(per_buyer(lists, self.truth, n_articles), new["map_at_12"], self._figures(lists.top(K)))

    @cached_property
    def _popularity_rank(self) -> np.ndarray:
        """Per article its rank, 1 is best, by lines of the last four weeks; what sold none shares the rank after them."""
        recent = self.log.last_days(self.as_of, POPULAR_DAYS)
        lines = np.bincount(recent.article, recent.n_lines, len(self.log.articles))
        rank = np.full(len(lines), np.count_nonzero(lines) + 1)
        sold = np.flatnonzero(lines)
        rank[sold[np.argsort(-lines[sold], kind="stable")]] = np.arange(1, len(sold) + 1)
        return rank

    def _figures(self, shown: Lists) -> dict[str, float]:
        """Figures of the lists as a whole.

        coverage: share of the articles ever sold that somebody is shown. gini: 0 where all of these are shown equally often,
        1 where one is shown to all. popularity_rank: mean rank in the sales of the last four weeks. tail_share: share of the
        shown outside the best-selling fifth of these. novelty: mean bits of surprise. repeat_share: share that the buyer
        had bought. same_product: share whose product stands above it in the same list, in another colour, say.
        """
        n_articles, rank = len(self.log.articles), self._popularity_rank[shown.article]
        repeated = among(self._bought, codes(shown.customer, shown.article, n_articles))
        return {
            "coverage": len(np.unique(shown.article)) / max(self._n_sold, 1),
            "gini": gini(np.bincount(shown.article, minlength=n_articles)[self.before.sold]),
            "popularity_rank": float(np.mean(rank)) if len(shown) else 0.0,
            "tail_share": float(np.mean(rank > HEAD * (self._popularity_rank.max() - 1))) if len(shown) else 0.0,
            "novelty": float(np.mean(self._surprise[shown.article])) if len(shown) else 0.0,
            "repeat_share": float(np.mean(repeated)) if len(shown) else 0.0,
            "same_product": same_product(shown, self.log.articles.codes("product_code")),
        }
