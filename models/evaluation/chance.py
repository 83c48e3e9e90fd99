"""Whether a ranker that learned from shuffled labels is better than chance."""

from dataclasses import asdict, dataclass

import numpy as np

from models.evaluation.intervals import LEVEL, RESAMPLES, SEED


@dataclass(frozen=True)
class Chance:
    """MAP@12 of three kinds of order of the same candidates.

    Attributes:
        full: of the system as it is.
        shuffled: of each model that learned from shuffled labels.
        random: of random orders, mean.
        low, high: 95 % interval of mean(shuffled) - random; models and customers are both drawn anew.
    """

    full: float
    shuffled: list[float]
    random: float
    low: float
    high: float

    @property
    def is_above(self) -> bool:
        """Whether models that can have learned nothing know something."""
        return self.low > 0

    def to_dict(self) -> dict:
        """JSON-able."""
        return asdict(self) | {"above_chance": self.is_above}


def chance(customer: np.ndarray, full: np.ndarray, shuffled: np.ndarray, random: np.ndarray) -> Chance:
    """Compare by a bootstrap over models and over customers (with all their weeks).

    A model that learned from noise still orders all customers by one and the same rule, which happens to suit them or not:
    its MAP@12 strays from chance by more than the customers' number tells, so models are drawn as well. Ten of them give a
    steady answer.

    Args:
        customer: customer of each row.
        full: average precision per row.
        shuffled: models × rows.
        random: orders × rows.
    """
    who = np.unique(customer, return_inverse=True)[1]
    rows = np.bincount(who).astype(float)
    above = np.array([np.bincount(who, weights=one - random.mean(axis=0)) for one in shuffled])
    rng, n = np.random.default_rng(SEED), len(rows)
    drawn = np.empty(RESAMPLES)
    for i in range(RESAMPLES):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        models = rng.integers(0, len(shuffled), len(shuffled))
        drawn[i] = (above[models].mean(axis=0) @ times) / (rows @ times)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    means = [float(m) for m in shuffled.mean(axis=1)]
    return Chance(float(full.mean()), means, float(random.mean()), float(low), float(high))
