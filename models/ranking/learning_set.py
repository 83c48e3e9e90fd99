"""What the ranker learns from: a week's candidates, whether they were bought in that week, and their features before it."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from models.candidates.base import CandidateBlock
from models.interactions import Interactions, Truth
from models.ranking.config import RankerConfig
from models.ranking.features import ArticleSide
from models.ranking.layout import Layout
from models.ranking.marts import Tables
from models.ranking.proposals import Proposals
from models.ranking.sampling import Sampler

STORED = "recs.candidates"


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
    """One week's proposals and labels, before features are joined."""

    week: date
    proposals: Proposals
    bought: np.ndarray
    n_buyers: int
    n_truth: int


def stored_proposals(tables: Tables, log: Interactions, week: date, sources: tuple[str, ...] | None = None) -> Proposals:
    """The stored candidates of a week, one row per customer and article.

    Args:
        sources: columns wanted; by default those stored, in order of name.
    """
    table = tables.read(STORED, as_of_date=week)
    source = table["source"].combine_chunks().dictionary_encode()
    names = source.dictionary.to_pylist()
    code = source.indices.to_numpy()
    block = CandidateBlock(
        log.customers.index_of_keys(table["customer_key"].to_numpy()),
        log.articles.index_of_keys(table["article_key"].to_numpy()),
        table["rank"].to_numpy(),
        table["score"].to_numpy(),
    )
    columns = tuple(sorted(names)) if sources is None else sources
    blocks = ((name, block.where(code == i)) for i, name in enumerate(names) if name in columns)
    return Proposals.gather(blocks, columns, len(log.articles))


def bought(proposals: Proposals, truth: Truth, n_articles: int) -> np.ndarray:
    """Whether each proposal is in the truth."""
    asked = proposals.customer.astype(np.int64) * n_articles + proposals.article
    return np.isin(asked, truth.pair_customer.astype(np.int64) * n_articles + truth.article)


def labelled_week(
    tables: Tables, log: Interactions, week: date, sources: tuple[str, ...], deepest_rank: int
) -> LabelledWeek:
    """A week's candidates with their labels; customers who bought none of theirs teach no order and are left out."""
    proposals = stored_proposals(tables, log, week, sources).within(deepest_rank)
    truth = log.labels(week)
    label = bought(proposals, truth, len(log.articles))
    hits = np.bincount(proposals.customer, label, minlength=len(log.customers))
    keep = hits[proposals.customer] > 0
    return LabelledWeek(week, proposals.where(keep), label[keep], len(truth.customer), len(truth.article))


def learning_set(tables: Tables, log: Interactions, weeks: list[date], layout: Layout, config: RankerConfig) -> LearningSet:
    """Join features to the sampled rows of all weeks; rows are drawn first, so features are computed for those only."""
    labelled = [labelled_week(tables, log, week, layout.sources, config.deepest_rank) for week in weeks]
    sampler = Sampler.of(log, config.negative_share)
    expected = sum(w.bought.sum() + sampler.negative_share * (~w.bought).sum() for w in labelled)
    customer_share = min(1.0, config.max_rows / max(expected, 1.0))
    drawn = [draw(w, sampler.rows(w.proposals, w.bought, w.week, customer_share)) for w in labelled]
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
    return LabelledWeek(week.week, week.proposals.where(keep), week.bought[keep], week.n_buyers, week.n_truth)


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
        "candidates": len(week.proposals),
        "learning_rows": len(kept.proposals),
    }
