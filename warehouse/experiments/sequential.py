"""Intervals that stay valid however often, and for whatever reason, one looks.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and
asymptotic confidence sequences", arXiv 2103.06476, eq. 9: over all n at once

    |estimate - truth| < s * sqrt( 2 (n rho^2 + 1) / (n^2 rho^2) * log( sqrt(n rho^2 + 1) / alpha ) )

with probability 1 - alpha, s the standard deviation of what is averaged, i.e. standard error * sqrt(n). rho only decides at
which n it is tightest. As in GrowthBook's gbstats (frequentist tests), n counts the customers of both arms.
"""

from math import log, sqrt

import numpy as np
from scipy.stats import norm


def rho(alpha: float, expected: int) -> float:
    """The rho that is best around `expected` customers (the paper's approximation in its appendix on tuning)."""
    return sqrt((-2 * log(alpha) + log(-2 * log(alpha) + 1)) / expected)


def reach(customers: int | np.ndarray, alpha: float, expected: int) -> np.ndarray:
    """Half-width of the two-sided sequential interval, in standard errors; the fixed one's is 1.96 at alpha 0.05.

    Args:
        customers: of both arms together, one or an array.
    """
    grown = np.asarray(customers, float) * rho(alpha, expected) ** 2
    return np.sqrt(2 * (grown + 1) / grown * np.log(np.sqrt(grown + 1) / alpha))


def stretch(customers: int, alpha: float, expected: int) -> float:
    """How many times wider than the fixed normal interval of the same data."""
    return float(reach(customers, alpha, expected) / norm.ppf(1 - alpha / 2))
