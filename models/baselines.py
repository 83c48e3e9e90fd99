"""What a newcomer would try first: every one is a candidate source too, so it passes through the same evaluator.

They are computed from the log alone and all weigh a line by 1 / its age in days, so they differ by their idea and not by
their tuning. Whoever gets fewer articles than asked for gets the best sellers after them, as in the full system.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from models.candidates.base import CandidateBlock, CandidateSource, Context
from models.candidates.factors import Als, UserCf
from models.candidates.neighbours import ItemKnn, UserKnn
from models.candidates.scoring import ScoringSource, bought
from models.candidates.select import rank_rows, slices
from models.decay import Decay, flat, reciprocal


class BestSellers:
    """The same articles for everybody: most lines, each weighted by its age, in the last `days` days or ever."""

    name = "best_sellers"

    def __init__(self, decay: Decay, days: int | None = None):
        self.decay, self.days = decay, days

    def fit(self, context: Context) -> Self:
        """Weigh the lines before the date."""
        log = context.log.last_days(context.as_of, self.days) if self.days else context.log
        weight = log.article_weights(context.as_of, self.decay)
        self._ranked = log.sold[np.argsort(-weight[log.sold], kind="stable")]
        self._bought = None if context.allow_repeats else bought(context)
        return self

    def generate(self, customers: np.ndarray, k: int) -> CandidateBlock:
        """The first k, or the first k that the customer did not buy."""
        return CandidateBlock.concat(self._best(part, k) for part in slices(customers, 1024))

    def _best(self, customers: np.ndarray, k: int) -> CandidateBlock:
        owned = 0 if self._bought is None else int(np.diff(self._bought.indptr)[customers].max(initial=0))
        ranked = self._ranked[: k + owned]
        customer, article = np.repeat(customers, len(ranked)), np.tile(ranked, len(customers))
        score = 1 / np.tile(np.arange(1, len(ranked) + 1, dtype=np.float32), len(customers))
        if owned:
            score[np.asarray(self._bought[customer, article]).ravel() > 0] = 0
        return rank_rows(customer, article, score, k)


class OwnHistory(ScoringSource):
    """What the customer bought, by the sum over lines of a weight of their age."""

    name = "own_history"

    def __init__(self, decay: Decay):
        self.decay = decay

    def _learn(self, context: Context) -> None:
        self._own = context.decayed(self.decay)

    def _scores(self, customers: np.ndarray) -> csr_matrix:
        return self._own[customers]

    def _cells(self, customers: np.ndarray) -> np.ndarray:
        return np.diff(self._own.indptr)[customers]


class LatestFirst(OwnHistory):
    """What the customer bought, the latest first; articles of one day by their decayed lines."""

    name = "latest_first"

    def __init__(self):
        super().__init__(reciprocal)

    def _learn(self, context: Context) -> None:
        super()._learn(context)
        days = context.log.pairs.last_day
        within_a_day = self._own.data / (self._own.data.max(initial=0) + 1)
        score = days - days.min(initial=0) + 1 + within_a_day
        self._own = csr_matrix((score, self._own.indices, self._own.indptr), shape=self._own.shape)


class Filled:
    """Another source, completed to k articles by the best sellers."""

    def __init__(self, source: CandidateSource, fill: CandidateSource):
        self.source, self.fill, self.name = source, fill, source.name

    def fit(self, context: Context) -> Self:
        """Fit both."""
        self.source, self.fill = self.source.fit(context), self.fill.fit(context)
        self._n_articles = context.log.shape[1]
        return self

    def generate(self, customers: np.ndarray, k: int) -> CandidateBlock:
        """The source's articles in their order, then best sellers that are not among them; scores tell the order only."""
        return CandidateBlock.concat(self._filled(part, k) for part in slices(customers, 4 * k + 1024))

    def _filled(self, customers: np.ndarray, k: int) -> CandidateBlock:
        own, more = self.source.generate(customers, k), self.fill.generate(customers, 2 * k)
        listed = own.customer.astype(np.int64) * self._n_articles + own.article
        more = more.where(~np.isin(more.customer.astype(np.int64) * self._n_articles + more.article, listed))
        score = np.concatenate([1 / own.rank.astype(np.float32), 1 / (more.rank.astype(np.float32) + k)])
        return rank_rows(*(np.concatenate([getattr(own, f), getattr(more, f)]) for f in ("customer", "article")), score, k)


@dataclass(frozen=True)
class Baseline:
    """How a baseline is made, and whether it may repeat what the customer bought."""

    make: Callable[[], CandidateSource]
    allow_repeats: bool = True


def _popular() -> BestSellers:
    return BestSellers(reciprocal)


def _als() -> UserCf:
    """128 factors, 15 iterations, confidence 1 + decayed lines, hardly any penalty: ALS as it comes."""
    return UserCf(Als(128, iterations=15, alpha=1.0, regularization=0.01, decay=reciprocal, window_days=None))


BASELINES: dict[str, Baseline] = {
    "popular last week": Baseline(lambda: BestSellers(flat, days=7)),
    "popular decayed": Baseline(_popular),
    "own history by recency": Baseline(lambda: Filled(LatestFirst(), _popular())),
    "own history by count": Baseline(lambda: Filled(OwnHistory(flat), _popular())),
    "own history decayed": Baseline(lambda: Filled(OwnHistory(reciprocal), _popular())),
    "item-kNN": Baseline(lambda: Filled(ItemKnn(100, reciprocal), _popular())),
    "user-kNN": Baseline(lambda: Filled(UserKnn(100, reciprocal, count_self=False), _popular())),
    "ALS": Baseline(lambda: Filled(_als(), _popular())),
    "ALS without repeats": Baseline(lambda: Filled(_als(), _popular()), allow_repeats=False),
}
"""Name in every report -> baseline, weakest kind first."""
