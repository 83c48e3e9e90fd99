"""How far the values of a feature have moved between two dates: the population stability index.

PSI = Σ (p - q) ln(p / q) over bins, p and q the shares of rows in a bin at one date and at the other. The bins are the
deciles of the earlier date; nulls have a bin of their own. Rules of thumb call 0.1 a small shift and 0.25 a large one; they
were made for large samples, so what chance alone brings about is known too (`chance`).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.special import chdtri

from warehouse.hive.catalogue import Catalogue

BINS = 10
HALF_A_ROW = 0.5
"""Added to every bin: an empty one has a share above nothing, and the fewer rows, the less it says."""


@dataclass(frozen=True)
class Drift:
    """One feature between two dates.

    Attributes:
        feature: table and column.
        psi: population stability index.
        chance: the index that two samples of these sizes from one population exceed once in a thousand times.
    """

    feature: str
    psi: float
    chance: float

    @property
    def beyond_chance(self) -> float:
        """The part of the index that chance does not explain."""
        return max(0.0, self.psi - self.chance)


def population_stability(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """(index, index by chance) of two samples of one feature; NaN is a value of its own.

    The index by chance follows from index x n m / (n + m) being chi-square with one degree of freedom less than bins.
    """
    edges = np.unique(np.nanquantile(before, np.linspace(0, 1, BINS + 1)[1:-1])) if np.isfinite(before).any() else []
    n, m = _counts(before, edges), _counts(after, edges)
    used = (n + m) > 0
    p, q = ((c[used] + HALF_A_ROW) / (c[used] + HALF_A_ROW).sum() for c in (m, n))
    bins = int(used.sum())
    chance = float(chdtri(bins - 1, 0.001) * (1 / max(len(before), 1) + 1 / max(len(after), 1))) if bins > 1 else 0.0
    return float(np.sum((p - q) * np.log(p / q))), chance


def _counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Rows per bin; a value equal to an edge belongs below it, and the last bin is that of the nulls."""
    known = values[~np.isnan(values)]
    inside = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.append(inside, len(values) - len(known)).astype(float)


def drifts(catalogue: Catalogue, features: dict[str, list[str]], before: date, after: date) -> list[Drift]:
    """The drift of columns of as-of marts, one column held at a time.

    Raises:
        warehouse.hive.catalogue.MissingDataError: a mart does not hold one of the dates.
    """
    found = []
    for table, columns in features.items():
        for column in columns:
            samples = (_column(catalogue, table, column, day) for day in (before, after))
            found.append(Drift(f"{table.split('.')[-1]}.{column}", *population_stability(*samples)))
    return found


def _column(catalogue: Catalogue, table: str, column: str, day: date) -> np.ndarray:
    values = catalogue.read(table, [column], as_of_date=day)[column]
    return values.to_numpy().astype(np.float64)
