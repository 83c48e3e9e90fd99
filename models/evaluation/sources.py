"""What every candidate source is worth: what it finds, how precisely, and what nobody else finds."""

from collections.abc import Mapping

import numpy as np

from models.candidates.base import CandidateBlock
from models.evaluation.metrics import among, codes
from models.evaluation.week import Week

ALL = "all sources"
COUNTS = ("buyers", "bought", "proposed", "found", "found_alone")


def source_rows(week: Week, blocks: Mapping[str, CandidateBlock]) -> list[dict]:
    """One row per source, and one for their union (`all sources`): shares of the pairs bought in the week.

    `recall` is the share of bought pairs a source proposes, `precision` the share of its proposals that were bought, `lost`
    the share of bought pairs that no other source proposes: what would be missing without it.
    """
    n_articles = len(week.log.articles)
    truth = codes(week.truth.pair_customer, week.truth.article, n_articles)
    proposed = {name: np.unique(codes(b.customer, b.article, n_articles)) for name, b in blocks.items()}
    found = {name: among(code, truth) for name, code in proposed.items()}
    finders = np.sum(list(found.values()), axis=0) if found else np.zeros(len(truth), int)
    proposed[ALL] = np.unique(np.concatenate(list(proposed.values()))) if proposed else np.zeros(0, np.int64)
    found[ALL] = finders > 0
    fixed = (len(week.truth.customer), len(truth))
    rows = []
    for name, hit in found.items():
        alone = hit if name == ALL else hit & (finders == 1)
        rows.append(_row(name, str(week.as_of), (*fixed, len(proposed[name]), int(hit.sum()), int(alone.sum()))))
    return rows


def pooled(rows: list[dict], label: str) -> list[dict]:
    """The rows of all weeks added up, one per source."""
    names = dict.fromkeys(row["source"] for row in rows)
    mine = {name: [row for row in rows if row["source"] == name] for name in names}
    return [_row(name, label, tuple(sum(row[c] for row in found) for c in COUNTS)) for name, found in mine.items()]


def _row(name: str, week: str, counts: tuple[int, ...]) -> dict:
    buyers, bought, proposed, found, alone = counts
    return {
        "source": name,
        "week": week,
        "per_buyer": proposed / max(buyers, 1),
        "recall": found / max(bought, 1),
        "precision": found / max(proposed, 1),
        "lost": alone / max(bought, 1),
        **dict(zip(COUNTS, counts, strict=True)),
    }
