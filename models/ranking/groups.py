"""Groups of features, each filling its columns for a block of proposals by index arithmetic: no merges, no frames.

A group has `names` and `fill(proposals, out)`, where `out` is a float32 view rows × names.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from models.ranking.proposals import Proposals


class FeatureGroup(Protocol):
    """Some features of proposals."""

    names: list[str]

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        """Write the features of every proposal into `out`."""
        ...


@dataclass(frozen=True)
class SourceOpinions:
    """What the candidate sources said: rank and score in each, how many proposed the row, and the best rank."""

    sources: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        ranks = [f"rank.{s}" for s in self.sources]
        return [*ranks, *(f"score.{s}" for s in self.sources), "candidate.n_sources", "candidate.best_rank"]

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        n = len(self.sources)
        out[:, :n] = proposals.rank
        out[:, n : 2 * n] = proposals.score
        out[:, 2 * n] = np.count_nonzero(proposals.proposed, axis=1)
        out[:, 2 * n + 1] = proposals.best_rank


@dataclass(frozen=True)
class ByIndex:
    """Rows of a table that has one row per customer or per article.

    Attributes:
        names: features.
        side: which index of a proposal finds the row.
        position: row of each index, -1 where it has none.
        values: float32 rows × names.
    """

    names: list[str]
    side: str
    position: np.ndarray
    values: np.ndarray

    @classmethod
    def make(cls, names: list[str], side: str, index: np.ndarray, values: np.ndarray, size: int) -> "ByIndex":
        """From rows in any order; `size` is the length of the axis."""
        position = np.full(size, -1, np.int32)
        position[index] = np.arange(len(index), dtype=np.int32)
        return cls(names, side, position, values)

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        put_rows(out, self.values, self.position[getattr(proposals, self.side)])


@dataclass(frozen=True)
class ByCode:
    """Rows of a table keyed by an integer code of a proposal, such as the pair of customer and article.

    Attributes:
        names: features.
        codes: int64, ascending.
        values: float32, in the order of the codes.
    """

    names: list[str]
    codes: np.ndarray
    values: np.ndarray

    @classmethod
    def make(cls, names: list[str], codes: np.ndarray, values: np.ndarray) -> "ByCode":
        """From rows in any order."""
        order = np.argsort(codes, kind="stable")
        return cls(names, codes[order], values[order])

    def put(self, codes: np.ndarray, out: np.ndarray) -> None:
        """Write the row of every code; NaN where there is none."""
        put_rows(out, self.values, find(self.codes, codes))


@dataclass(frozen=True)
class OwnPairs:
    """Features of customer and article together: what this customer did with this article before."""

    rows: ByCode
    n_articles: int

    @property
    def names(self) -> list[str]:
        return self.rows.names

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        self.rows.put(proposals.customer.astype(np.int64) * self.n_articles + proposals.article, out)


@dataclass(frozen=True)
class Affinities:
    """How the customer takes to the article's department, colour, ...: one block of columns per category.

    Attributes:
        rows: per category, its rows by customer × value.
        values_of_article: per category, the dense code of each article's value, -1 where it has none.
        n_values: per category, how many values it has.
    """

    rows: dict[str, ByCode]
    values_of_article: dict[str, np.ndarray]
    n_values: dict[str, int]

    @property
    def names(self) -> list[str]:
        return [name for rows in self.rows.values() for name in rows.names]

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        start = 0
        for category, rows in self.rows.items():
            value = self.values_of_article[category][proposals.article]
            code = proposals.customer.astype(np.int64) * self.n_values[category] + value
            rows.put(np.where(value < 0, -1, code), out[:, start : start + len(rows.names)])
            start += len(rows.names)


@dataclass(frozen=True)
class ArticleCategories:
    """Category numbers of the article as codes of a vocabulary; a number the vocabulary lacks is missing."""

    codes: np.ndarray
    names: list[str] = field(default_factory=list)

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        out[:] = self.codes[proposals.article]


def places(customer: np.ndarray) -> np.ndarray:
    """0, 1, 2, ... within each run of equal customers."""
    start = np.flatnonzero(np.diff(customer, prepend=-1))
    return np.arange(len(customer)) - np.repeat(start, np.diff(start, append=len(customer)))


def find(codes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Position of each wanted code in ascending codes; -1 where it is not there."""
    if len(codes) == 0:
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.where(codes[at] == wanted, at, -1)


def put_rows(out: np.ndarray, values: np.ndarray, position: np.ndarray) -> None:
    """Write values[position] into `out`; NaN where the position is -1."""
    out[:] = np.nan
    known = np.flatnonzero(position >= 0)
    out[known] = values[position[known]]
