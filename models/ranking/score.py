"""Scores of proposals under a trained run."""

from dataclasses import dataclass

import numpy as np

from models.ranking.boosters import blended_scores
from models.ranking.features import Features
from models.ranking.proposals import Proposals
from models.ranking.run import Run

ROWS_AT_A_TIME = 100_000
"""Rows whose features are held at once: about 60 MB with 150 features."""


@dataclass(frozen=True)
class Scorer:
    """A run over the features of some customers.

    Raises:
        FeatureMismatchError: on making it, if the tables offer other features than the run knows.
    """

    run: Run
    features: Features
    num_threads: int = 2

    def __post_init__(self):
        self.run.check_features(self.features.names)

    def score(self, proposals: Proposals) -> np.ndarray:
        """float32 score of every proposal; higher is better, comparable within one customer."""
        starts = range(0, len(proposals), ROWS_AT_A_TIME)
        parts = [self._part(proposals.where(slice(i, i + ROWS_AT_A_TIME))) for i in starts]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _part(self, proposals: Proposals) -> np.ndarray:
        matrix = self.features.matrix(proposals)
        return blended_scores(self.run.boosters, matrix, self.num_threads).astype(np.float32)
