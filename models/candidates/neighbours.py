"""Nearest neighbours in the purchase matrix: articles that the same customers buy, customers who buy the same articles."""

import numpy as np
from implicit.nearest_neighbours import all_pairs_knn
from scipy.sparse import csr_matrix, diags_array

from models.candidates.base import Context
from models.candidates.scoring import LinkSource, ScoringSource, rows_to_scale
from models.candidates.select import rank_rows
from models.decay import Decay, exponential


def tf_idf(counts: csr_matrix) -> csr_matrix:
    """Unit rows of count × log(1 + rows / rows that hold the column), float32."""
    holders = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log1p(counts.shape[0] / np.maximum(holders, 1))
    return rows_to_scale(csr_matrix(counts @ diags_array(rarity)), 1.0).astype(np.float32)


class ItemKnn(LinkSource):
    """Articles like those the customer bought: tf-idf cosine between articles, weighted by the decayed history.

    An article's likeness to itself (1) stays in, so that a repeat earns its due.
    """

    name = "item_knn"

    def __init__(self, neighbours: int = 50, decay: Decay = exponential(60)):
        self.neighbours, self.decay = neighbours, decay

    def _learn(self, context: Context) -> None:
        self._weights = context.decayed(self.decay)
        by_article = tf_idf(csr_matrix(self._weights.T).sqrt())
        nearest = all_pairs_knn(by_article.T.tocsr().astype(np.float64), self.neighbours, show_progress=False)
        self._links = csr_matrix(nearest.astype(np.float32))
        self._links.sort_indices()


class UserKnn(ScoringSource):
    """What the customers most like this one bought lately: tf-idf cosine between decayed histories.

    Neighbours are looked for among the `pool` customers who bought last, so time and memory stay bounded. With
    `count_self` the customer is their own best neighbour, and repeats earn their due.
    """

    name = "user_knn"

    def __init__(self, neighbours: int = 100, decay: Decay = exponential(60), pool: int = 10_000, count_self: bool = True):
        self.neighbours, self.decay, self.pool, self.count_self = neighbours, decay, pool, count_self

    def _learn(self, context: Context) -> None:
        history = context.decayed(self.decay)
        self._profiles = tf_idf(history)
        self._pool = self._latest(context)
        self._pool_profiles = csr_matrix(self._profiles[self._pool].T)
        self._pool_history = history[self._pool]
        # Customers who share an article are the only ones with a likeness: how many those are at most bounds the memory.
        holders = np.diff(self._pool_profiles.indptr)
        self._likenesses = np.minimum((self._profiles != 0).astype(np.int64) @ holders, len(self._pool))

    def _latest(self, context: Context) -> np.ndarray:
        """The customers who bought last, ascending."""
        last = np.zeros(context.log.shape[0], np.int32)
        np.maximum.at(last, context.log.customer, context.log.day)
        buyers = context.log.buyers
        return np.sort(buyers[np.argsort(-last[buyers], kind="stable")[: self.pool]])

    def _scores(self, customers: np.ndarray) -> csr_matrix:
        likeness = csr_matrix(self._profiles[customers] @ self._pool_profiles)
        row = np.repeat(np.arange(len(customers)), np.diff(likeness.indptr))
        if not self.count_self:
            likeness.data[customers[row] == self._pool[likeness.indices]] = 0
        near = rank_rows(row, likeness.indices, likeness.data, self.neighbours)
        weights = csr_matrix((near.score, (near.customer, near.article)), shape=likeness.shape)
        return csr_matrix(weights @ self._pool_history)

    def _cells(self, customers: np.ndarray) -> np.ndarray:
        return self._likenesses[customers] + self._profiles.shape[1]
