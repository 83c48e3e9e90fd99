"""Random integers that are the same on every machine.

Only PCG64's raw 64-bit stream is used (fixed by its definition, unlike the distributions on top of it), and every choice
compares integers, so neither NumPy's version nor the processor's vector units can flip one.
"""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from math import exp, log
from statistics import NormalDist

import numpy as np


class Draws:
    """A stream of integers named by the seed and a path of numbers, independent of every other path."""

    def __init__(self, seed: int, *path: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, *path]))

    def below(self, n: int, bound: int | np.ndarray) -> np.ndarray:
        """n integers (int64) in [0, bound); bound < 2**31, one for all or one per draw."""
        high = self._bits.random_raw(n) >> np.uint64(32)
        return ((high * np.asarray(bound).astype(np.uint64)) >> np.uint64(32)).astype(np.int64)

    def chance(self, n: int, per_10k: int | np.ndarray) -> np.ndarray:
        """n booleans, true in per_10k of 10,000 cases."""
        return self.below(n, 10_000) < per_10k

    def pick(self, n: int, weights: np.ndarray) -> np.ndarray:
        """n positions in `weights` (integers, sum < 2**31), each drawn in proportion to its weight."""
        cumulative = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(cumulative, self.below(n, int(cumulative[-1])), side="right")

    def of(self, n: int, table: np.ndarray) -> np.ndarray:
        """n entries of a table, each equally likely: how a distribution is drawn (see `quantile_table`)."""
        return table[self.below(n, len(table))]

    def order(self, n: int) -> np.ndarray:
        """A random order of n things."""
        return np.argsort(self._bits.random_raw(n), kind="stable")


def quantile_table(percentiles: Mapping[float, float], size: int = 20_000) -> np.ndarray:
    """Whole numbers whose percentiles are the given ones, between them geometric; draw from it with `Draws.of`."""
    return _quantile_table(tuple(sorted(percentiles.items())), size)


@cache
def _quantile_table(points: tuple[tuple[float, float], ...], size: int) -> np.ndarray:
    table = np.empty(size, dtype=np.int64)
    for (p0, v0), (p1, v1) in pairwise(points):
        first, last = round(p0 * size / 100), round(p1 * size / 100)
        for i in range(first, last):
            share = (i + 0.5 - first) / (last - first)
            table[i] = int(exp(log(v0) * (1 - share) + log(v1) * share) + 0.5)
    return table


@cache
def lognormal_table(sigma_percent: int, unit: int = 1000, size: int = 4096) -> np.ndarray:
    """Whole numbers spread log-normally around `unit`, at least 1."""
    normal = NormalDist()
    values = [unit * exp(sigma_percent / 100 * normal.inv_cdf((i + 0.5) / size)) for i in range(size)]
    return np.array([max(1, round(v)) for v in values], dtype=np.int64)
