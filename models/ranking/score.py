"""Scores of proposals under a trained run: one model sees all of them, all models see each customer's best."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from models.ranking.boosters import blended_scores
from models.ranking.features import Features
from models.ranking.groups import places
from models.ranking.proposals import Proposals
from models.ranking.run import Run

ROWS_AT_A_TIME = 100_000
"""Rows whose features are held at once, give or take a customer: about 80 MB with 200 features."""


class Order(Protocol):
    """Whatever says how good proposals are."""

    def score(self, proposals: Proposals) -> np.ndarray:
        """float32 score of every proposal; higher is better, comparable within one customer."""
        ...


@dataclass(frozen=True)
class Reading:
    """One proposal as the models see it.

    SHAP values of a model add up to its raw score, and the run's score is a mean of means of raw scores: the same means of
    the SHAP values therefore add up to it.

    Attributes:
        values: float32, one per feature; NaN where a table has no row.
        contributions: float64, one per feature: its SHAP value, blended over the models as their scores are.
        base: the blended score of the models' average learning row; base + contributions = the score of `models`.
        models: names of the models that scored it: all, or the first alone where it is not among the customer's best.
    """

    values: np.ndarray
    contributions: np.ndarray
    base: float
    models: tuple[str, ...]


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
        parts = [self._part(proposals.where(rows)) for rows in slices_of_whole_customers(proposals.customer, ROWS_AT_A_TIME)]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)

    def _part(self, proposals: Proposals) -> np.ndarray:
        matrix = self.features.matrix(proposals)
        first, *others = sorted(self.run.boosters)
        score = self._raw(first, matrix)
        listed = self._shortlisted(proposals, score)
        rows = matrix[listed]
        raw = {first: score[listed]} | {name: self._raw(name, rows) for name in others}
        return with_the_rest_below(proposals.customer, score, listed, blended_scores(raw))

    def _shortlisted(self, proposals: Proposals, first_score: np.ndarray) -> np.ndarray:
        """Mask of each customer's best by the first model."""
        order = np.lexsort((proposals.article, -first_score, proposals.customer))
        listed = np.empty(len(order), bool)
        listed[order] = places(proposals.customer[order]) < self.run.config.shortlist
        return listed

    def reading(self, proposals: Proposals, row: int) -> "Reading":
        """What the models read of one row, among all proposals of its customer."""
        matrix = self.features.matrix(proposals)
        first, *others = sorted(self.run.boosters)
        is_listed = bool(self._shortlisted(proposals, self._raw(first, matrix))[row])
        asked = (first, *(others if is_listed else ()))
        shap = {name: self.run.boosters[name].predict(matrix[[row]], pred_contrib=True)[0] for name in asked}
        *contributions, base = blended_scores(shap)
        return Reading(matrix[row], np.array(contributions), float(base), asked)

    def _raw(self, name: str, matrix: np.ndarray) -> np.ndarray:
        return self.run.boosters[name].predict(matrix, raw_score=True, num_threads=self.num_threads)


def slices_of_whole_customers(customer: np.ndarray, rows: int) -> list[slice]:
    """Consecutive slices of about so many rows that cut no customer in two."""
    start = np.flatnonzero(np.diff(customer, prepend=-1))
    # The first customer to begin at or after every multiple of `rows`.
    at = np.searchsorted(start, np.arange(0, len(customer), rows))
    bounds = np.unique(np.append(np.append(start, len(customer))[at], len(customer))).tolist()
    return [slice(a, b) for a, b in pairwise(bounds)]


def with_the_rest_below(
    customer: np.ndarray, first_score: np.ndarray, listed: np.ndarray, listed_score: np.ndarray
) -> np.ndarray:
    """Scores of all rows: the shortlist's own, and below each customer's the others, in the first model's order."""
    score = first_score.copy()
    score[listed] = listed_score
    start = np.flatnonzero(np.diff(customer, prepend=-1))
    size = np.diff(start, append=len(customer))
    floor = np.minimum.reduceat(np.where(listed, score, np.inf), start)
    ceiling = np.maximum.reduceat(np.where(listed, -np.inf, score), start)
    with np.errstate(invalid="ignore"):
        shift = np.repeat(floor - ceiling - 1, size)
    score[~listed] += shift[~listed]
    return score
