"""Bootstrap intervals over customers: a customer judged in several weeks is drawn with all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from threadpoolctl import threadpool_limits

LEVEL = 0.95
RESAMPLES = 1000
SEED = 0
CELLS = 4_000_000
"""Draws held at once."""


@dataclass(frozen=True)
class Interval:
    """A mean over buyers with its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Bootstrap:
    """Resamples of distinct customers, the same for everything measured on the same rows: differences stay paired.

    Attributes:
        customer: customer of each row; one customer may have several rows (weeks).
    """

    customer: np.ndarray

    @cached_property
    def _code(self) -> np.ndarray:
        return np.unique(self.customer, return_inverse=True)[1]

    def intervals(self, values: np.ndarray) -> list[Interval]:
        """Percentile intervals of the mean over rows.

        Args:
            values: rows × things measured.
        """
        if not len(values):
            return [Interval(np.nan, np.nan, np.nan)] * values.shape[1]
        rows = np.bincount(self._code).astype(float)
        totals = np.column_stack([np.bincount(self._code, weights=column) for column in values.T])
        with threadpool_limits(1, "blas"):
            means = np.concatenate([(drawn @ totals) / (drawn @ rows)[:, None] for drawn in self._draws(len(rows))])
        low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return [Interval(*map(float, found)) for found in zip(values.mean(axis=0), low, high, strict=True)]

    def _draws(self, n_customers: int) -> Iterator[np.ndarray]:
        """How often each customer is drawn: resamples × customers, some resamples at a time."""
        rng = np.random.default_rng(SEED)
        step = max(1, CELLS // n_customers)
        for start in range(0, RESAMPLES, step):
            n = min(step, RESAMPLES - start)
            drawn = rng.integers(0, n_customers, (n, n_customers)) + np.arange(n)[:, None] * n_customers
            yield np.bincount(drawn.ravel(), minlength=n * n_customers).reshape(n, n_customers).astype(float)


def mean_interval(customer: np.ndarray, value: np.ndarray) -> Interval:
    """Mean of one measure over rows, with its interval."""
    return Bootstrap(customer).intervals(value[:, None])[0]
