"""Facts of a purchase log beside those published of H&M's: how like it is, and which of them a synthetic one fails."""

from warehouse.facts.compare import Compared, Published, compared, published
from warehouse.facts.log import FactsError, Log, read_log
from warehouse.facts.measures import Facts, Shares
from warehouse.facts.measures import measure as _measure
from warehouse.facts.week import last_week

__all__ = ["Compared", "Facts", "FactsError", "Log", "Published", "compared", "measure", "published", "read_log"]


def measure(log: Log, shares: Shares) -> Facts:
    """Every fact of a log by name; `shares` are the published distributions."""
    return _measure(log, shares) | last_week(log, shares)
