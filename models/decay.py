"""How much a purchase still counts after some days."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

Decay = Callable[[np.ndarray], np.ndarray]
"""Age in days (1 = yesterday) -> weight in [0, 1]."""

NANO = 1_000_000_000


def flat(age: np.ndarray) -> np.ndarray:
    """Every purchase counts the same."""
    return np.ones(len(age))


def reciprocal(age: np.ndarray) -> np.ndarray:
    """1 / days."""
    return 1.0 / age


@lru_cache
def exponential(tau_days: float) -> Decay:
    """exp(-days / tau), and nothing beyond 6 tau, where 0.25 % would be left; the same object for the same tau."""
    return lambda age: np.where(age <= 6 * tau_days, np.exp(-age / tau_days), 0.0)


def nano_weights(decay: Decay, age: np.ndarray) -> np.ndarray:
    """Weights as int64 of 1e-9, so that their sums do not depend on the order. Each age is computed once."""
    if len(age) == 0:
        return np.zeros(0, np.int64)
    ages = np.arange(age.max() + 1, dtype=np.float64)
    table = np.zeros(len(ages), np.int64)
    table[1:] = np.rint(decay(ages[1:]) * NANO)
    return table[age]
