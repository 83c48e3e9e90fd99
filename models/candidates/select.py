"""From scores to ranked candidates: the best k per customer, ties by article index, which is natural-id order."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from models.candidates.base import CandidateBlock

DENSE_CELLS = 16_000_000
"""Cells of a dense score block (64 MB of float32): dense sources split their customers so that this holds."""


def rank_rows(customer: np.ndarray, article: np.ndarray, score: np.ndarray, k: int) -> CandidateBlock:
    """The k best rows of each customer, whatever the order they come in."""
    score = score.astype(np.float32, copy=False)
    order = np.lexsort((article, -score, customer))
    customer, article, score = customer[order], article[order], score[order]
    start = np.flatnonzero(np.diff(customer, prepend=-1))
    rank = np.arange(len(customer)) - np.repeat(start, np.diff(start, append=len(customer))) + 1
    keep = rank <= k
    types = (np.int32, np.int32, np.int16, np.float32)
    return CandidateBlock(
        *(a[keep].astype(t, copy=False) for a, t in zip((customer, article, rank, score), types, strict=True))
    )


def top_of_sparse(customers: np.ndarray, scores: csr_matrix, k: int) -> CandidateBlock:
    """Best k stored scores above 0 per row; row i belongs to customers[i]."""
    row = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr))
    keep = scores.data > 0
    return rank_rows(customers[row[keep]], scores.indices[keep], scores.data[keep], k)


def top_of_dense(customers: np.ndarray, scores: np.ndarray, k: int, articles: np.ndarray | None = None) -> CandidateBlock:
    """Best k finite scores per row; column j is articles[j] (ascending), or article j."""
    k_in = min(k, scores.shape[1])
    if k_in == 0 or len(customers) == 0:
        return CandidateBlock.empty()
    bar = np.partition(scores, scores.shape[1] - k_in, axis=1)[:, scores.shape[1] - k_in]
    row, column = np.nonzero((scores >= bar[:, None]) & np.isfinite(scores))
    article = column if articles is None else articles[column]
    return rank_rows(customers[row], article, scores[row, column], k)


def dense_blocks(
    customers: np.ndarray, n_columns: int, score: Callable[[np.ndarray], np.ndarray], select: Callable[..., CandidateBlock]
) -> CandidateBlock:
    """Score customers in slices of at most DENSE_CELLS cells and keep only what is selected of each."""
    size = max(1, DENSE_CELLS // max(1, n_columns))
    slices = (customers[i : i + size] for i in range(0, len(customers), size))
    return CandidateBlock.concat(select(part, score(part)) for part in slices)
