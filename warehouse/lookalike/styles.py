"""Latent styles: what holds articles and customers together. Each belongs to one index group and appeals to an age."""

from dataclasses import dataclass

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.categories import INDEX_GROUPS
from warehouse.lookalike.draws import Draws

GROUP_NAMES = list(INDEX_GROUPS)
_SALES = np.array([cal.SALES_BY_INDEX_GROUP[g] for g in GROUP_NAMES])


def _age_ranks() -> np.ndarray:
    """Share of customers younger than each age, per 10,000."""
    per_year = np.zeros(120, dtype=np.int64)
    for first, share in cal.AGE_BY_5_YEARS.items():
        per_year[first : first + 5] = share // 5
    return np.minimum(np.cumsum(per_year) - per_year, 9_999)


_AGE_RANK = _age_ranks()


@dataclass(frozen=True)
class Styles:
    """Styles are numbered through the index groups: `count` and `first` per index group."""

    count: np.ndarray
    first: np.ndarray

    @property
    def total(self) -> int:
        return int(self.count.sum())

    def within(self, group: np.ndarray, age: np.ndarray, draws: Draws) -> np.ndarray:
        """A style of each index group for a customer of that age; styles of a group stand in order of age."""
        n, count = len(group), self.count[group]
        by_age = _AGE_RANK[np.where(age > 0, age, 35)] * count // 10_000
        near = (by_age + draws.below(n, 3) - 1) % count
        return self.first[group] + np.where(draws.chance(n, cal.STYLE_BY_AGE), near, draws.below(n, count))


def styles_for(articles: int) -> Styles:
    """As many styles as a range of that size can fill."""
    count = np.array([cal.styles(cal.STYLES[g], articles) for g in GROUP_NAMES])
    return Styles(count, np.cumsum(count) - count)


def any_group(n: int, draws: Draws) -> np.ndarray:
    """Index groups in proportion to what is sold."""
    return draws.pick(n, _SALES)


def group_at_age(age: np.ndarray, draws: Draws) -> np.ndarray:
    """An index group each, as customers of that age buy."""
    weights = np.cumsum(_SALES * np.array(cal.SALES_TILT_BY_AGE), axis=1)
    row = np.clip(np.where(age > 0, age, 35) // 10 - 1, 0, len(weights) - 1)
    at = draws.below(len(age), weights[row, -1] // 1000) * 1000
    return (at[:, None] >= weights[row]).sum(axis=1)
