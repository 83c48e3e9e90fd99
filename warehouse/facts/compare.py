"""The published facts with their bands, and a log's facts beside them."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isnan

from warehouse.facts.measures import Facts, Shares

FULL_CUSTOMERS = 1_000_000
"""A log of fewer customers is not held to the facts that grow or shrink with its size."""


@dataclass(frozen=True)
class Fact:
    """A published fact and the band in which a log counts as like it; `basis` says what it was taken from."""

    name: str
    published: float
    low: float
    high: float
    basis: str
    full_size_only: bool = False


@dataclass(frozen=True)
class Published:
    """Everything published that a log is compared with."""

    source: str
    basis: dict[str, str]
    facts: list[Fact]
    shares: Shares


@dataclass(frozen=True)
class Compared:
    """One fact of a log; `in_band` is None where the log is too small to be held to it."""

    fact: Fact
    measured: float
    in_band: bool | None

    @property
    def ratio(self) -> float | None:
        """Measured / published; None where zero was published, as of a distance."""
        return self.measured / self.fact.published if self.fact.published else None


@cache
def published() -> Published:
    """The published facts, from published.json beside this file."""
    found = json.loads(files("warehouse.facts").joinpath("published.json").read_text())
    return Published(found["source"], found["basis"], [Fact(**fact) for fact in found["facts"]], found["shares"])


def compared(measured: Facts, customers: int) -> list[Compared]:
    """Every published fact that was measured, in the published order."""
    full = customers >= FULL_CUSTOMERS
    return [_compare(fact, measured[fact.name], full) for fact in published().facts if fact.name in measured]


def _compare(fact: Fact, measured: float, full: bool) -> Compared:
    if fact.full_size_only and not full:
        return Compared(fact, measured, None)
    # A percentile that lies on its band's edge is inside, whatever the last bit of a float says.
    slack = 1e-9 * max(1.0, abs(fact.published))
    return Compared(fact, measured, not isnan(measured) and fact.low - slack <= measured <= fact.high + slack)
