"""Ranking metrics per buyer, vectorised over lists and truth.

Average precision follows Kaggle's MAP@12: the sum of precision at every hit, over min(number of true articles, 12). The
truth is the set of articles a buyer bought in the week; `map_list_at_12` divides by the number of lines instead (duplicates
counted), which is what several public H&M notebooks report.
"""

from dataclasses import dataclass

import numpy as np

from models.candidates.base import CandidateBlock
from models.interactions import Truth

K = 12
DEEP_K = 100


@dataclass(frozen=True)
class Hits:
    """Lists matched with the truth.

    Attributes:
        buyer: position of each row's customer in the truth, -1 where the customer bought nothing.
        rank: rank of each row, 1 is best.
        hit: whether the row's article was bought.
    """

    buyer: np.ndarray
    rank: np.ndarray
    hit: np.ndarray


def match(lists: CandidateBlock, truth: Truth, n_articles: int) -> Hits:
    """Find every listed article in the truth."""
    position = np.searchsorted(truth.customer, lists.customer)
    position = np.minimum(position, max(len(truth.customer) - 1, 0))
    known = truth.customer[position] == lists.customer if len(truth.customer) else np.zeros(len(lists), bool)
    bought = codes(truth.pair_customer, truth.article, n_articles)
    hit = known & among(bought, codes(lists.customer, lists.article, n_articles))
    return Hits(np.where(known, position, -1), lists.rank.astype(np.int64), hit)


def codes(customer: np.ndarray, article: np.ndarray, n_articles: int) -> np.ndarray:
    """One number per pair, ascending like (customer, article)."""
    return customer.astype(np.int64) * n_articles + article


def among(ascending: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Whether each code is one of some ascending codes; unlike `np.isin` it sorts nothing."""
    if not len(ascending):
        return np.zeros(len(asked), bool)
    place = np.minimum(np.searchsorted(ascending, asked), len(ascending) - 1)
    return ascending[place] == asked


def per_buyer(lists: CandidateBlock, truth: Truth, n_articles: int) -> dict[str, np.ndarray]:
    """Metrics of every buyer of the truth, float64; a buyer without a list scores 0.

    Args:
        lists: ascending by customer, then rank; ranks 1, 2, 3, ... without gaps, articles distinct.
        truth: what the buyers of the week bought.
        n_articles: size of the article axis.
    """
    hits = match(lists, truth, n_articles)
    n_buyers, n_true = len(truth.customer), truth.n_articles
    n_lines = np.add.reduceat(truth.n_lines, truth.start[:-1]) if n_buyers else np.zeros(0, np.int64)
    short = hits.hit & (hits.rank <= K)
    found = _sum(hits.buyer, short, n_buyers)
    gain = _sum(hits.buyer, short, n_buyers, _hits_so_far(hits, lists) / hits.rank)
    dcg = _sum(hits.buyer, short, n_buyers, 1 / np.log2(hits.rank + 1))
    ideal = np.cumsum(1 / np.log2(np.arange(2, K + 2)))[np.minimum(n_true, K) - 1] if n_buyers else np.ones(0)
    return {
        "map_at_12": gain / np.minimum(n_true, K),
        "map_list_at_12": gain / np.minimum(n_lines, K),
        "recall_at_12": found / n_true,
        "recall_at_100": _sum(hits.buyer, hits.hit & (hits.rank <= DEEP_K), n_buyers) / n_true,
        "precision_at_12": found / K,
        "ndcg_at_12": dcg / ideal,
        "hit_rate_at_12": (found > 0).astype(float),
    }


def _sum(buyer: np.ndarray, keep: np.ndarray, n_buyers: int, weight: np.ndarray | None = None) -> np.ndarray:
    weights = None if weight is None else weight[keep]
    return np.bincount(buyer[keep], weights=weights, minlength=n_buyers).astype(float)


def _hits_so_far(hits: Hits, lists: CandidateBlock) -> np.ndarray:
    """Hits of the same customer up to and including each row."""
    total = np.cumsum(hits.hit)
    first = np.diff(lists.customer, prepend=-1) != 0
    before = np.where(first, total - hits.hit, 0)
    return total - np.maximum.accumulate(before) if len(total) else total


def without_bought(lists: CandidateBlock, bought: np.ndarray, n_articles: int) -> CandidateBlock:
    """The lists without the pairs bought before (their `codes`, ascending), ranks closed up."""
    kept = lists.where(~among(bought, codes(lists.customer, lists.article, n_articles)))
    start = np.flatnonzero(np.diff(kept.customer, prepend=-1))
    rank = np.arange(len(kept)) - np.repeat(start, np.diff(start, append=len(kept))) + 1
    return CandidateBlock(kept.customer, kept.article, rank.astype(np.int16), kept.score)


def only_new(truth: Truth, bought: np.ndarray, n_articles: int) -> Truth:
    """The truth without articles the buyer had bought before; buyers left with nothing are dropped."""
    keep = ~among(bought, codes(truth.pair_customer, truth.article, n_articles))
    customer, start = np.unique(truth.pair_customer[keep], return_index=True)
    return Truth(customer, np.append(start, keep.sum()), truth.article[keep], truth.n_lines[keep])


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of how often each article is shown: 0 all equally often, towards 1 one alone."""
    ascending, n = np.sort(counts).astype(float), len(counts)
    if not ascending.any():
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ ascending / (n * ascending.sum()))


def same_product(lists: CandidateBlock, product: np.ndarray) -> float:
    """Share of the rows whose product stands higher in the same list.

    Args:
        product: code of every article, -1 where unknown.
    """
    its = product[lists.article]
    known = its >= 0
    distinct = np.unique(lists.customer[known].astype(np.int64) << 32 | its[known])
    return float((np.count_nonzero(known) - len(distinct)) / max(len(lists), 1))
