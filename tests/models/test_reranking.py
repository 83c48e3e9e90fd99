"""Re-ranking: what it moves, what it leaves, and that it is off unless it is asked for."""

import numpy as np
import pyarrow as pa
import pytest

from models.axis import Axis
from models.ranking.lists import RankedLists
from models.reranking import KEPT, Reranking

N = 40


@pytest.fixture
def articles() -> Axis:
    """Articles 0 to 39, four of each product, eight of each department."""
    n = np.arange(N)
    same = {"product_type_no": pa.nulls(N, pa.int32()), "colour_group_code": pa.nulls(N, pa.int32())}
    columns = {"article_id": [f"{i:03}" for i in n], "product_code": n // 4, "department_no": n // 8}
    return Axis.from_table(pa.table(columns | same), "article_id", "article_key")


def lists(*rows: list[int]) -> RankedLists:
    customer = np.repeat(np.arange(len(rows), dtype=np.int32), [len(r) for r in rows])
    article = np.array([a for r in rows for a in r], np.int32)
    rank = np.concatenate([np.arange(1, len(r) + 1) for r in rows]).astype(np.int16)
    return RankedLists(
        customer, article, rank, -rank.astype(np.float32), article % 2, np.ones((len(article), 2), bool), ("a", "b")
    )


def articles_of(found: RankedLists, customer: int) -> list[int]:
    return found.article[found.customer == customer].tolist()


def test_off_by_default(articles):
    before = lists([0, 1, 2, 3, 4])
    assert Reranking().apply(before, articles) is before


def test_a_cap_sends_what_is_beyond_it_behind_the_rest_in_the_old_order(articles):
    found = Reranking(max_per_product=1).apply(lists([0, 1, 4, 2, 8, 5], [4, 0]), articles)
    assert articles_of(found, 0) == [0, 4, 8, 1, 2, 5]
    assert articles_of(found, 1) == [4, 0]
    np.testing.assert_array_equal(found.source, found.article % 2)
    np.testing.assert_array_equal(found.score, -found.rank)


def test_nothing_comes_up_from_beyond_what_is_kept(articles):
    deep = lists(list(range(N)))
    for knob in (Reranking(max_per_product=1), Reranking(diversity=0.5)):
        found = articles_of(knob.apply(deep, articles), 0)
        assert sorted(found[:KEPT]) == list(range(KEPT))
        assert found[KEPT:] == list(range(KEPT, N))
        # So a list that was cut begins like one that was not.
        assert articles_of(knob.apply(lists(list(range(KEPT))), articles), 0) == found[:KEPT]


def test_diversity_prefers_what_is_unlike_the_list(articles):
    found = Reranking(diversity=0.5).apply(lists([0, 1, 2, 16, 9], [3]), articles)
    assert articles_of(found, 0)[:3] == [0, 16, 9]
    assert articles_of(found, 1) == [3]
    little = Reranking(diversity=0.001).apply(lists([0, 1, 2, 16, 9]), articles)
    assert articles_of(little, 0) == [0, 1, 2, 16, 9]


def test_everyone_keeps_their_articles(articles):
    rng = np.random.default_rng(0)
    rows = [rng.permutation(N)[: rng.integers(1, N)].tolist() for _ in range(30)]
    before = lists(*rows)
    after = Reranking(max_per_product=2, diversity=0.3).apply(before, articles)
    np.testing.assert_array_equal(after.customer, before.customer)
    for customer, row in enumerate(rows):
        assert sorted(articles_of(after, customer)) == sorted(row)
