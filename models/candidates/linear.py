"""A linear model from article to article: what the decayed history says about the next week."""

from datetime import date, timedelta

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix, vstack
from threadpoolctl import threadpool_limits

from models.candidates.base import Context
from models.candidates.scoring import ScoringSource, rows_to_scale
from models.decay import Decay, exponential
from models.interactions import LABEL_DAYS, Interactions


class Ridge(ScoringSource):
    """Ridge regression of a week's purchases on the history before it, solved in closed form.

    Learned on the last `weeks` weeks that ended before the as-of date, on customers who bought in each. Memory is three
    matrices of `articles`²: only the articles that sold most lately take part.

    Args:
        weeks: pairs of (history, next week) learned from.
        articles: articles that take part.
        decay: weight of a line by its age in days.
        penalty: the ridge, in mean squared column lengths, so that it means the same on a log of any size.
    """

    name = "ridge"

    def __init__(self, weeks: int = 10, articles: int = 2500, decay: Decay = exponential(120), penalty: float = 5.0):
        self.weeks, self.articles, self.decay, self.penalty = weeks, articles, decay, penalty

    def _learn(self, context: Context) -> None:
        self._articles = self._active(context)
        log = context.log
        self._history = self._features(log, context.as_of)
        weeks = [context.as_of - timedelta(days=LABEL_DAYS * i) for i in range(self.weeks, 0, -1)]
        pairs = [pair for pair in (self._pair(log, week) for week in weeks) if pair[0].nnz]
        width = len(self._articles)
        self._coefficients = np.zeros((width, width), np.float32)
        if pairs:
            self._solve(vstack([x for x, _ in pairs]), vstack([y for _, y in pairs]))

    def _active(self, context: Context) -> np.ndarray:
        sales = context.log.article_weights(context.as_of, exponential(30))
        sold = context.log.sold
        return np.sort(sold[np.argsort(-sales[sold], kind="stable")[: self.articles]])

    def _features(self, log: Interactions, as_of: date) -> csr_matrix:
        """Square root of the decayed lines, rows scaled by the square root of their length: big baskets count less."""
        history = log.before(as_of).decayed(as_of, self.decay).sqrt()
        return rows_to_scale(csr_matrix(history[:, self._articles]), 0.5).astype(np.float32)

    def _pair(self, log: Interactions, week: date) -> tuple[csr_matrix, csr_matrix]:
        """History before a week and what was bought in it, one row per buyer of the week."""
        truth = log.labels(week)
        ones = np.ones(len(truth.article), np.float32)
        bought = csr_matrix((ones, truth.article, truth.start), shape=(len(truth.customer), log.shape[1]))
        buyers = log.of_customers(truth.customer)
        return self._features(buyers, week)[truth.customer], csr_matrix(bought[:, self._articles])

    def _solve(self, history: csr_matrix, bought: csr_matrix) -> None:
        # One BLAS thread: the sums then come in one order, and the same bits on any number of cores.
        with threadpool_limits(1, "blas"):
            gram = (history.T @ history).toarray()
            gram[np.diag_indices_from(gram)] += self.penalty * gram.trace() / len(gram)
            factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
            target = (history.T @ bought).toarray()
            self._coefficients = cho_solve(factor, target, overwrite_b=True, check_finite=False)

    def _scores(self, customers: np.ndarray) -> np.ndarray:
        return self._history[customers] @ self._coefficients

    def _cells(self, customers: np.ndarray) -> int:
        return len(self._articles)
