"""Cutting scores to the best k: order, ties, bounds."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.candidates.base import CandidateBlock, blocks_of
from models.candidates.select import rank_rows, slices, top_of_dense, top_of_sparse


def rows(block: CandidateBlock) -> list[tuple]:
    return list(zip(block.customer.tolist(), block.article.tolist(), block.rank.tolist(), strict=True))


def test_rows_are_ranked_within_their_customer():
    found = rank_rows(np.array([7, 3, 7, 7]), np.array([1, 1, 2, 9]), np.array([0.5, 0.1, 0.9, 0.7]), 2)
    assert rows(found) == [(3, 1, 1), (7, 2, 1), (7, 9, 2)]
    assert found.score.tolist() == [np.float32(0.1), np.float32(0.9), np.float32(0.7)]
    assert (found.customer.dtype, found.article.dtype, found.rank.dtype) == (np.int32, np.int32, np.int16)


def test_equal_scores_come_in_order_of_article_also_where_k_cuts():
    scores = np.array([[1.0, 2.0, 1.0, 1.0]])
    articles = np.array([10, 11, 12, 13])
    assert rows(top_of_dense(np.array([0]), scores, 3, articles)) == [(0, 11, 1), (0, 10, 2), (0, 12, 3)]
    assert rows(top_of_sparse(np.array([0]), csr_matrix(scores), 3)) == [(0, 1, 1), (0, 0, 2), (0, 2, 3)]


def test_only_scores_above_zero_are_candidates():
    scores = np.array([[0.0, -1.0, 0.2], [0.0, 0.0, 0.0]])
    assert rows(top_of_dense(np.array([4, 5]), scores, 3, np.arange(3))) == [(4, 2, 1)]
    assert len(rank_rows(np.zeros(0, int), np.zeros(0, int), np.zeros(0), 3)) == 0


def test_any_positive_float_keeps_its_order_in_the_sort_key():
    score = np.array([1e-38, 3.4e38, 1.0, np.nextafter(np.float32(1), np.float32(2)), 1e-3], np.float32)
    found = rank_rows(np.zeros(5, int), np.arange(5), score, 5)
    assert found.article.tolist() == [1, 3, 2, 4, 0]
    assert found.score.tolist() == sorted(score.tolist(), reverse=True)


def test_too_many_rows_for_the_sort_key_are_refused_and_not_mixed_up():
    with pytest.raises(ValueError, match="do not fit"):
        rank_rows(np.arange(2), np.array([0, 2**31]), np.ones(2), 1)


def test_a_slice_of_cheap_customers_fits_the_sort_key_of_a_million_articles():
    customers = np.arange(20_000, dtype=np.int32)
    found = list(slices(customers, 1))
    assert np.array_equal(np.concatenate(found), customers)
    article = np.full(max(map(len, found)), (1 << 20) - 1, np.int32)
    ranked = rank_rows(found[0], article, np.ones(len(article), np.float32), 1)
    assert np.array_equal(ranked.customer, found[0])


def test_slices_hold_the_limit_and_lose_nobody():
    customers = np.arange(10)
    found = list(slices(customers, np.array([3, 3, 9, 1, 1, 1, 1, 1, 1, 1]), limit=6))
    assert [part.tolist() for part in found] == [[0, 1], [2], [3, 4, 5, 6, 7, 8], [9]]
    assert np.concatenate(list(blocks_of(customers, 4))).tolist() == customers.tolist()


def test_blocks_are_joined_and_cut():
    block = rank_rows(np.array([0, 0, 1]), np.array([1, 2, 3]), np.array([2.0, 1.0, 1.0]), 5)
    assert len(CandidateBlock.concat([block.top(1), CandidateBlock.empty()])) == 2
    assert len(CandidateBlock.concat([])) == 0
