"""Bootstrap intervals over customers: a customer judged in several weeks is drawn with all of them."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

LEVEL = 0.95
RESAMPLES = 1000
SEED = 0


@dataclass(frozen=True)
class Interval:
    """A mean over buyers with its 95 % interval."""

    mean: float
    low: float
    high: float


def mean_interval(customer: np.ndarray, value: np.ndarray) -> Interval:
    """Mean of `value` over rows, with the percentile bootstrap over distinct customers.

    Args:
        customer: customer of each row; one customer may have several rows (weeks).
        value: metric of each row.
    """
    if not len(value):
        return Interval(float("nan"), float("nan"), float("nan"))
    _, code = np.unique(customer, return_inverse=True)
    total, rows = np.bincount(code, weights=value), np.bincount(code).astype(float)
    mean = float(value.mean())
    if len(total) < 2:
        return Interval(mean, mean, mean)

    def ratio(totals: np.ndarray, counts: np.ndarray, axis: int = -1) -> np.ndarray:
        return totals.sum(axis=axis) / counts.sum(axis=axis)

    found = bootstrap(
        (total, rows),
        ratio,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=max(1, 4_000_000 // len(total)),
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Interval(mean, float(found.low), float(found.high))
