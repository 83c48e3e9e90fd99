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

    def by_band(self) -> Iterator[tuple[str, ...]]:
        """(band, share of customers, buyers, full system, then each policy's MAP@12 and difference)."""
        for name, (first, last) in BANDS.items():
            rows = (self.recency >= first) & (self.recency <= last)
            share = self.share(lambda days, first=first, last=last: (days >= first) & (days <= last))
            full = f"{self.full[rows].mean():.4f}" if rows.any() else ""
            policies = (self._cell(cell, rows) for cell in self.policies)
            yield (name, f"{share:.1%}", str(int(rows.sum())), full, *policies)

    def _cell(self, cell: Cell, rows: np.ndarray) -> str:
        if not rows.any():
            return ""
        found = self.difference(cell, rows)
        return f"{self.found.measure(cell)[rows].mean():.4f} ({found.mean:+.4f}, {found.low:+.4f} to {found.high:+.4f})"

    def by_silence(self) -> Iterator[tuple[str, ...]]:
        """What all buyers together lose if those silent for longer (and those who never bought) get the policy."""
        for limit in SILENT_DAYS:
            rows = (self.recency > limit) | (self.recency < 0)
            share = self.share(lambda days, limit=limit: (days > limit) | (days < 0))
            yield (f"silent over {limit} days", f"{share:.1%}", str(int(rows.sum())), *self._losses(rows))

    def _losses(self, rows: np.ndarray) -> Iterator[str]:
        for cell in self.policies:
            away = np.where(rows, self.found.measure(cell) - self.full, 0.0)
            found = mean_interval(self.customer, away)
            yield f"{found.mean:+.4f} ({found.low:+.4f} to {found.high:+.4f})"

    def tables(self) -> list[str]:
        """Both tables as Markdown."""
        names = [cell.change for cell in self.policies]
        share = ("share of all customers", "buyers")
        first = [*head("days since last purchase", *share, "full system", *names), *(row(*r) for r in self.by_band())]
        second = [*head("the policy for whoever is", *share, *names), *(row(*r) for r in self.by_silence())]
        told = "What all judged buyers together lose in MAP@12 (95 % interval) if the long silent are left to a policy:"
        return [*first, "", told, "", *second]
