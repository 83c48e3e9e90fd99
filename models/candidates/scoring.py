"""Sources that score articles for a customer: sparse or dense scores in, ranked candidates out."""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from models.candidates.base import CandidateBlock, Context
from models.candidates.select import rank_rows, slices, top_of_dense, top_of_sparse


class ScoringSource(ABC):
    """Fit, then score slices of customers whose scores fit a fixed memory, and keep the best k of each.

    A subclass gives `_learn` and `_scores`; where repeats are forbidden, what a customer bought is taken out here, so no
    source can forget to.
    """

    name: str

    def fit(self, context: Context) -> Self:
        """Learn from what was seen before `context.as_of`."""
        self._bought = None if context.allow_repeats else bought(context)
        self._learn(context)
        return self

    def generate(self, customers: np.ndarray, k: int) -> CandidateBlock:
        """At most k articles per customer, best first."""
        return CandidateBlock.concat(self._best(part, k) for part in slices(customers, self._cells(customers)))

    def _best(self, customers: np.ndarray, k: int) -> CandidateBlock:
        scores = self._scores(customers)
        if isinstance(scores, csr_matrix):
            if self._bought is not None:
                scores = csr_matrix(scores - scores.multiply(self._bought[customers]))
            return top_of_sparse(customers, scores, k)
        articles = self._articles
        if self._bought is not None:
            scores[self._bought[customers][:, articles].nonzero()] = 0
        return top_of_dense(customers, scores, k, articles)

    _articles: np.ndarray
    """The article of each column of dense scores, ascending."""

    @abstractmethod
    def _learn(self, context: Context) -> None: ...

    @abstractmethod
    def _scores(self, customers: np.ndarray) -> csr_matrix | np.ndarray:
        """Scores of some customers: sparse over all articles, or dense over `_articles`; only those above 0 count."""

    @abstractmethod
    def _cells(self, customers: np.ndarray) -> np.ndarray | int:
        """Upper bound of the scores each customer takes in memory."""


class LinkSource(ScoringSource):
    """A customer's score of an article = sum over `_weights` of the customer × `_links` to the article; both sparse."""

    _weights: csr_matrix
    _links: csr_matrix

    def _scores(self, customers: np.ndarray) -> csr_matrix:
        return csr_matrix(self._weights[customers] @ self._links)

    def _cells(self, customers: np.ndarray) -> np.ndarray:
        widest = int(np.diff(self._links.indptr).max(initial=1))
        return np.minimum(np.diff(self._weights.indptr)[customers] * widest, self._links.shape[1])


def bought(context: Context) -> csr_matrix:
    """Customer × article, 1 where bought before the date."""

    def make() -> csr_matrix:
        pairs = context.log.pairs
        ones = np.ones(len(pairs.customer), np.float32)
        return csr_matrix((ones, (pairs.customer, pairs.article)), shape=context.log.shape)

    return context.shared("bought", make)


def rows_to_scale(matrix: csr_matrix, power: float) -> csr_matrix:
    """Rows divided by their length to a power: 1 gives unit rows, 0.5 still lets big baskets weigh more."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.where(length > 0, 1 / np.maximum(length, 1e-12) ** power, 0)
    return csr_matrix(
        (matrix.data * np.repeat(scale, np.diff(matrix.indptr)), matrix.indices, matrix.indptr), shape=matrix.shape
    )


def without_bought(block: CandidateBlock, owned: csr_matrix, k: int) -> CandidateBlock:
    """The best k that the customers did not buy yet."""
    new = np.asarray(owned[block.customer, block.article]).ravel() == 0
    return rank_rows(block.customer[new], block.article[new], block.score[new], k)
