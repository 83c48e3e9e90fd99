"""Policies by recency: whom the ranker serves better, and what is lost if the long silent get something simpler."""

from collections.abc import Iterator

import numpy as np

from models.evaluation.intervals import Interval, mean_interval
from tests.study.systems import Cell
from tests.study.table import Found, head, row

BANDS = {
    "0-30": (0, 30),
    "31-91": (31, 91),
    "92-182": (92, 182),
    "183-365": (183, 365),
    "older": (366, 1 << 30),
    "never": (-1, -1),
}
"""Days since the last purchase before the week: name -> first and last."""
SILENT_DAYS = (30, 91, 182, 365)
BAND_WORDS = "By band: MAP@12 of the policy less that of the product, 95 % interval."
SILENCE_WORDS = "What all judged buyers together lose in MAP@12 (95 % interval) if the long silent are left to a policy:"


class Policies:
    """The policy group on one log.

    Args:
        found: its results; those of the reference must be there.
    """

    def __init__(self, found: Found):
        self.found = found
        buyers = found.buyers()
        self.customer = np.concatenate([b.customer for b in buyers])
        self.recency = np.concatenate([b.recency for b in buyers])
        self.everyone = np.concatenate([b.everyone for b in buyers])
        self.full = found.measure(found.reference)
        self.policies = [c for c in found.group.cells if c != found.reference and found.measure(c) is not None]

    def share(self, mask_of) -> float:
        """Share of all customers of the log, mean over the weeks."""
        days, customers = self.everyone.T
        return float(customers[mask_of(days)].sum() / customers.sum())

    def difference(self, cell: Cell, rows: np.ndarray) -> Interval:
        """Policy less full system on some buyers."""
        return mean_interval(self.customer[rows], (self.found.measure(cell) - self.full)[rows])

    def rows_of(self, first: int, last: int) -> np.ndarray:
        """Mask of the buyers of a band."""
        return (self.recency >= first) & (self.recency <= last)

    def share_of(self, first: int, last: int) -> float:
        """A band's share of all customers of the log."""
        return self.share(lambda days: (days >= first) & (days <= last))

    def by_band(self) -> Iterator[tuple[str, ...]]:
        """A column per band: its share of all customers, its buyers, the full system's MAP@12, each policy's difference."""
        masks = [self.rows_of(*band) for band in BANDS.values()]
        yield ("share of all customers", *(f"{self.share_of(*band):.1%}" for band in BANDS.values()))
        yield ("buyers", *(str(int(rows.sum())) for rows in masks))
        yield ("MAP@12 of the product", *(f"{self.full[rows].mean():.4f}" if rows.any() else "" for rows in masks))
        for cell in self.policies:
            yield (cell.change, *(interval(self.difference(cell, rows)) if rows.any() else "" for rows in masks))

    def by_silence(self) -> Iterator[tuple[str, ...]]:
        """A column per limit: what all buyers lose if those silent for longer, and who never bought, get the policy."""
        masks = [(self.recency > limit) | (self.recency < 0) for limit in SILENT_DAYS]
        shares = (self.share(lambda days, limit=limit: (days > limit) | (days < 0)) for limit in SILENT_DAYS)
        yield ("share of all customers", *(f"{share:.1%}" for share in shares))
        yield ("buyers", *(str(int(rows.sum())) for rows in masks))
        for cell in self.policies:
            away = self.found.measure(cell) - self.full
            yield (cell.change, *(interval(mean_interval(self.customer, np.where(rows, away, 0.0))) for rows in masks))

    def tables(self) -> list[str]:
        """Both tables as Markdown."""
        first = [*head("days since the last purchase", *BANDS), *(row(*r) for r in self.by_band())]
        limits = (f"over {limit} days or never" for limit in SILENT_DAYS)
        second = [*head("silent for", *limits), *(row(*r) for r in self.by_silence())]
        return [BAND_WORDS, "", *first, "", SILENCE_WORDS, "", *second]


def interval(found: Interval) -> str:
    """A difference with its interval."""
    return f"{found.mean:+.4f} ({found.low:+.4f} to {found.high:+.4f})"
