"""The candidate sources by name, with how many articles each may propose per customer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from models.candidates.base import CandidateBlock, CandidateSource, Context
from models.candidates.neighbours import ItemKnn


@dataclass(frozen=True)
class SourceSetting:
    """How a source is made and how many articles per customer it gives."""

    make: Callable[[], CandidateSource]
    k: int


SOURCES: dict[str, SourceSetting] = {
    "item_knn": SourceSetting(ItemKnn, 50),
}
"""The one table: source name -> class and k. Order is the order of every report."""


def choose(names: list[str] | None = None, k: dict[str, int] | None = None) -> dict[str, SourceSetting]:
    """Settings of the named sources (all by default), with other k where given; KeyError for an unknown name."""
    chosen = {name: SOURCES[name] for name in (names or SOURCES)}
    return {name: replace(s, k=(k or {}).get(name, s.k)) for name, s in chosen.items()}


@dataclass(frozen=True)
class FittedSources:
    """Sources fitted as of one date."""

    sources: dict[str, CandidateSource]
    k: dict[str, int]

    def generate(self, customers: np.ndarray) -> Iterator[tuple[str, CandidateBlock]]:
        """(source name, its candidates) for one block of customers (indices, ascending)."""
        for name, source in self.sources.items():
            yield name, source.generate(customers, self.k[name])


def fit_sources(context: Context, names: list[str] | None = None, k: dict[str, int] | None = None) -> FittedSources:
    """Fit the named sources (all by default) on what was seen before `context.as_of`."""
    chosen = choose(names, k)
    return FittedSources({n: s.make().fit(context) for n, s in chosen.items()}, {n: s.k for n, s in chosen.items()})
