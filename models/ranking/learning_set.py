"""What the ranker learns from: a week's candidates, whether they were bought in that week, and their features before it."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from models.candidates.base import blocks_of
from models.candidates.stored import StoredCandidates
from models.interactions import Interactions, Truth
from models.ranking.config import RankerConfig
from models.ranking.features import ArticleSide
from models.ranking.layout import Layout
from models.ranking.marts import Tables
from models.ranking.proposals import Proposals
from models.ranking.sampling import Sampler
from models.side_by_side import side_by_side


@dataclass(frozen=True)
class LearningSet:
    """Rows ascending by (week, customer, article), weeks latest first.

    Attributes:
        features: float32 rows × features.
        bought: bool; whether the customer bought the article in the label week.
        group_sizes: rows per week and customer, in order.
        names: features.
        counts: per week, what there was and what was kept.
    """

    features: np.ndarray
    bought: np.ndarray
    group_sizes: np.ndarray
    names: tuple[str, ...]
    counts: list[dict[str, object]]


@dataclass(frozen=True)
class LabelledWeek:
    """One week's proposals and labels, before features are joined.

    Attributes:
        proposals: of the customers who bought one of theirs; the others teach no order.
        bought: bool per proposal.
        n_buyers, n_truth: customers and pairs of the label week.
        n_candidates: proposals there were before some were drawn.
    """

    week: date
    proposals: Proposals
    bought: np.ndarray
    n_buyers: int
    n_truth: int
    n_candidates: int


def stored_proposals(stored: StoredCandidates, customers: np.ndarray, sources: tuple[str, ...]) -> Proposals:
    """The stored candidates of some customers from some sources, one row per customer and article."""
    named = ((name, block) for name, block in stored.of(customers).items() if name in sources)
    return Proposals.gather(named, sources, len(stored.log.articles))


def bought(proposals: Proposals, truth: Truth, n_articles: int) -> np.ndarray:
    """Whether each proposal is in the truth."""
    asked = proposals.customer.astype(np.int64) * n_articles + proposals.article
    return np.isin(asked, truth.pair_customer.astype(np.int64) * n_articles + truth.article)


def teaching(proposals: Proposals, truth: Truth, log: Interactions) -> tuple[Proposals, np.ndarray]:
    """(proposals, labels) of the customers who bought one of theirs."""
    label = bought(proposals, truth, len(log.articles))
    hits = np.bincount(proposals.customer, label, minlength=len(log.customers))
    keep = hits[proposals.customer] > 0
    return proposals.where(keep), label[keep]


def labelled_week(
    tables: Tables, log: Interactions, week: date, sources: tuple[str, ...], config: RankerConfig, sampler: Sampler
) -> LabelledWeek:
    """A week's candidates with their labels, drawn block by block: a whole week's are ten times what is kept of them."""
    stored, truth = StoredCandidates.open(tables, log, week), log.labels(week)

    def of_block(customers: np.ndarray) -> tuple[Proposals, np.ndarray, int]:
        proposals = stored_proposals(stored, customers, sources).within(config.deepest_rank)
        proposals, label = teaching(proposals, truth, log)
        keep = sampler.rows(proposals, label, week)
        return proposals.where(keep), label[keep], len(label)

    parts = list(side_by_side(of_block, blocks_of(truth.customer), config.num_threads))
    proposals = Proposals.concat((part for part, _, _ in parts), sources)
    label = np.concatenate([label for _, label, _ in parts]) if parts else np.zeros(0, bool)
    return LabelledWeek(week, proposals, label, len(truth.customer), len(truth.article), sum(n for _, _, n in parts))


def learning_set(tables: Tables, log: Interactions, weeks: list[date], layout: Layout, config: RankerConfig) -> LearningSet:
    """Join features to the sampled rows of all weeks; rows are drawn first, so features are computed for those only."""
    sampler = Sampler.of(log, config.negative_share)
    labelled = [labelled_week(tables, log, week, layout.sources, config, sampler) for week in weeks]
    customer_share = min(1.0, config.max_rows / max(sum(len(w.bought) for w in labelled), 1))
    drawn = [draw(w, sampler.people(w.proposals, w.week, customer_share)) for w in labelled]
    names, features = joined(tables, log, layout, drawn)
    return LearningSet(
        features=features,
        bought=np.concatenate([w.bought for w in drawn]),
        group_sizes=np.concatenate([w.proposals.group_sizes for w in drawn]),
        names=names,
        counts=[count(all_, kept) for all_, kept in zip(labelled, drawn, strict=True)],
    )


def draw(week: LabelledWeek, keep: np.ndarray) -> LabelledWeek:
    """The kept rows of a week."""
    return replace(week, proposals=week.proposals.where(keep), bought=week.bought[keep])


def joined(
    tables: Tables, log: Interactions, layout: Layout, weeks: list[LabelledWeek]
) -> tuple[tuple[str, ...], np.ndarray]:
    """(names, features) of all weeks' rows, each as of its week."""
    end = np.cumsum([len(week.proposals) for week in weeks])
    opened = (ArticleSide.open(tables, log, w.week, layout).of(np.unique(w.proposals.customer)) for w in weeks)
    names, out = (), np.empty((0, 0), np.float32)
    for week, features, stop in zip(weeks, opened, end, strict=True):
        if not names:
            names, out = features.names, np.empty((end[-1], len(features.names)), np.float32)
        features.matrix(week.proposals, out[stop - len(week.proposals) : stop])
    return names, out


def count(week: LabelledWeek, kept: LabelledWeek) -> dict[str, object]:
    """What run.json tells of a week."""
    return {
        "week": str(week.week),
        "buyers": week.n_buyers,
        "bought_pairs": week.n_truth,
        "bought_candidates": int(week.bought.sum()),
        "recall_of_candidates": round(float(week.bought.sum() / max(week.n_truth, 1)), 6),
        "candidates": week.n_candidates,
        "learning_rows": len(kept.proposals),
    }
