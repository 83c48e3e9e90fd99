"""The candidate sources by name, with how many articles each may propose per customer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from infra.errors import UserError
from models.candidates.base import CandidateBlock, CandidateSource, Context
from models.candidates.factors import ItemCf, PureSvd, UserCf
from models.candidates.history import CoPurchase, Repurchase, SameProduct
from models.candidates.linear import Ridge
from models.candidates.neighbours import ItemKnn, UserKnn
from models.candidates.popular import Popular, PopularSegment


@dataclass(frozen=True)
class SourceSetting:
    """How a source is made and how many articles per customer it gives."""

    make: Callable[[], CandidateSource]
    k: int


SOURCES: dict[str, SourceSetting] = {
    "repurchase": SourceSetting(Repurchase, 60),
    "popular": SourceSetting(Popular, 60),
    "popular_segment": SourceSetting(PopularSegment, 50),
    "co_purchase": SourceSetting(CoPurchase, 40),
    "same_product": SourceSetting(SameProduct, 20),
    "item_knn": SourceSetting(ItemKnn, 50),
    "ridge": SourceSetting(Ridge, 80),
    "pure_svd": SourceSetting(PureSvd, 60),
    "user_cf": SourceSetting(UserCf, 60),
    "item_cf": SourceSetting(ItemCf, 40),
    "user_knn": SourceSetting(UserKnn, 60),
}
"""The one table: source name -> class and k. Order is the order of every report."""


class UnknownSourceError(UserError):
    """A candidate source was asked for that does not exist."""


def choose(names: list[str] | None = None, k: dict[str, int] | None = None) -> dict[str, SourceSetting]:
    """Settings of the named sources (all by default), with other k where given.

    Raises:
        UnknownSourceError: a name is not in the table.
    """
    unknown = [name for name in names or [] if name not in SOURCES]
    if unknown:
        raise UnknownSourceError(f"No candidate source is called {unknown[0]}; there are {', '.join(SOURCES)}.")
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
