"""Nearest neighbours in the purchase matrix: articles bought by the same customers, customers who bought the same articles."""

from typing import Self

import numpy as np
from implicit.nearest_neighbours import TFIDFRecommender

from models.candidates.base import CandidateBlock, Context
from models.candidates.select import top_of_sparse
from models.decay import Decay, exponential


class ItemKnn:
    """Articles like those the customer bought: tf-idf cosine between articles, weighted by the decayed history.

    An article's likeness to itself (1) stays in, so that a repeat earns its due.
    """

    name = "item_knn"

    def __init__(self, neighbours: int = 50, decay: Decay = exponential(60)):
        self.neighbours, self.decay = neighbours, decay

    def fit(self, context: Context) -> Self:
        """tf-idf on the decayed counts; the nearest `neighbours` of each article are kept."""
        self._history = context.log.decayed(context.as_of, self.decay)
        model = TFIDFRecommender(K=self.neighbours, num_threads=2)
        model.fit(self._history, show_progress=False)
        self._similarity = model.similarity.astype(np.float32).tocsr()
        return self

    def generate(self, customers: np.ndarray, k: int) -> CandidateBlock:
        """Articles by summed likeness to the customer's history."""
        return top_of_sparse(customers, self._history[customers] @ self._similarity, k)
