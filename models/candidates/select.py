"""From scores to ranked candidates: the best k per customer, ties by article index, which is natural-id order."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

from models.candidates.base import CandidateBlock

CELLS = 16_000_000
"""Scores held at once, 64 MB of float32: customers are split so that this holds."""
MOST_CUSTOMERS = 1 << 12
"""Customers ranked at once: with a million articles they still fit the sort key of `rank_rows`."""


def rank_rows(customer: np.ndarray, article: np.ndarray, score: np.ndarray, k: int) -> CandidateBlock:
    """The k best rows of each customer, in whatever order they come; score above 0 only.

    Customer, falling score and article are packed into one 64-bit number: sorting those is several times faster than
    `np.lexsort`, and a positive float sorts like its bits.
    """
    keep = score > 0
    if not keep.all():
        customer, article, score = customer[keep], article[keep], score[keep]
    if not len(customer):
        return CandidateBlock.empty()
    distinct, key = _numbered(customer)
    article_bits = int(article.max()).bit_length()
    if len(distinct) > 1 << (32 - article_bits):
        raise ValueError(f"{len(distinct)} customers and {int(article.max()) + 1} articles do not fit one sort key.")
    key <<= np.uint64(32)
    key |= ~score.astype(np.float32, copy=False).view(np.uint32)
    key <<= np.uint64(article_bits)
    key |= article.astype(np.uint64)
    key.sort()
    return _unpack(key, distinct, article_bits, k)


def _numbered(customer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct customers, ascending, and each row's place among them (uint64): `np.unique` without its sort."""
    place = np.zeros(int(customer.max()) + 1, np.uint64)
    place[customer] = 1
    distinct = np.flatnonzero(place)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[customer]


def _unpack(key: np.ndarray, distinct: np.ndarray, article_bits: int, k: int) -> CandidateBlock:
    """The first k of each customer, out of sorted keys."""
    begin = np.searchsorted(key, np.arange(len(distinct), dtype=np.uint64) << np.uint64(32 + article_bits))
    kept = np.minimum(np.diff(begin, append=len(key)), k)
    place = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept)
    key = key[np.repeat(begin, kept) + place]
    article = (key & np.uint64((1 << article_bits) - 1)).astype(np.int32)
    score = (~(key >> np.uint64(article_bits)).astype(np.uint32)).view(np.float32)
    return CandidateBlock(np.repeat(distinct, kept).astype(np.int32), article, (place + 1).astype(np.int16), score)


def top_of_sparse(customers: np.ndarray, scores: csr_matrix, k: int) -> CandidateBlock:
    """Best k stored scores above 0 per row; row i belongs to customers[i]."""
    row = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr))
    return rank_rows(customers[row], scores.indices, scores.data, k)


def top_of_dense(customers: np.ndarray, scores: np.ndarray, k: int, articles: np.ndarray) -> CandidateBlock:
    """Best k scores above 0 per row; column j is articles[j], ascending."""
    last = scores.shape[1] - min(k, scores.shape[1])
    bar = np.partition(scores, last, axis=1)[:, last]
    row, column = np.nonzero((scores >= bar[:, None]) & (scores > 0))
    return rank_rows(customers[row], articles[column], scores[row, column], k)


def slices(customers: np.ndarray, cells: np.ndarray | int, limit: int = CELLS) -> Iterator[np.ndarray]:
    """Consecutive customers whose scores take at most `limit` cells together, at least one customer at a time.

    `cells` is an upper bound of the scores per customer: one number, or one per customer.
    """
    cost = np.broadcast_to(np.asarray(cells, np.int64), customers.shape)
    total = np.cumsum(cost)
    start = 0
    while start < len(customers):
        done = total[start] - cost[start]
        end = max(start + 1, int(np.searchsorted(total, done + limit, side="right")))
        end = min(end, start + MOST_CUSTOMERS)
        yield customers[start:end]
        start = end
