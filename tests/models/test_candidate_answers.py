"""Known answers of each kind of source, on logs small enough to work out by hand."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from models.candidates.base import TableMarts, context_of
from models.candidates.factors import Als, ArticleIndex, UserCf, right_singular_vectors
from models.candidates.history import CoPurchase, Repurchase, SameProduct
from models.candidates.linear import Ridge
from models.candidates.marts import COLUMNS
from models.candidates.neighbours import ItemKnn, UserKnn
from models.candidates.popular import Popular, PopularSegment
from models.interactions import Interactions, day_number

AS_OF = date(2020, 3, 1)


def log_of(*rows, articles: dict | None = None) -> Interactions:
    """Rows (days before AS_OF, customer, article) of a shop with customers a-d and articles 0-5."""
    ago, customer, article = (np.array(column, np.int32) for column in zip(*rows, strict=True))
    days = pa.array((day_number(AS_OF) - ago).astype(np.int32)).cast(pa.date32())
    table = {"article_id": [str(i) for i in range(6)], **(articles or {})}
    customers = pa.table({"customer_id": list("abcd"), "age_bin": ["20-24", "20-24", "25-29", None]})
    return Interactions.from_arrow(
        pa.table({"t_dat": days, "customer_key": customer, "article_key": article}), customers, pa.table(table)
    )


def articles_of(block, customer) -> list[int]:
    return block.article[block.customer == customer].tolist()


def test_repurchase_follows_the_mart(context):
    mart = pa.table({"customer_key": [1, 1, 2], "article_key": [4, 3, 0], "decayed_lines_30d": [0.5, 2.0, 1.0]})
    marts = TableMarts({"customer_article_features": mart})
    found = Repurchase().fit(context_of(log_of((1, 0, 0)), AS_OF, marts)).generate(np.arange(4), 5)
    assert (articles_of(found, 1), articles_of(found, 2)) == ([3, 4], [0])


def test_co_purchase_adds_up_the_pairs_of_the_history():
    own = pa.table({"customer_key": [0, 0], "article_key": [0, 1], "decayed_lines_30d": [1.0, 2.0]})
    pairs = pa.table(
        {"article_key": [0, 0, 1], "paired_article_key": [2, 3, 3], "cosine": [0.9, 0.4, 0.4], "rank": [1, 2, 1]}
    )
    marts = TableMarts({"customer_article_features": own, "article_pairs": pairs})
    found = CoPurchase().fit(context_of(log_of((1, 0, 0)), AS_OF, marts)).generate(np.array([0, 1]), 5)
    assert articles_of(found, 0) == [3, 2]
    assert found.score.tolist() == pytest.approx([1.2, 0.9])


def test_same_product_proposes_siblings_that_sell_and_never_the_article_itself():
    log = log_of((2, 0, 0), (1, 1, 1), (1, 2, 1), (5, 3, 2), (1, 1, 4), articles={"product_code": [8, 8, 8, 8, 9, None]})
    own = pa.table({"customer_key": [0, 1], "article_key": [0, 4], "decayed_lines_30d": [1.0, 1.0]})
    found = (
        SameProduct().fit(context_of(log, AS_OF, TableMarts({"customer_article_features": own}))).generate(np.arange(4), 5)
    )
    assert articles_of(found, 0) == [1, 2]
    assert articles_of(found, 1) == []


def popular_mart(*rows) -> pa.Table:
    return pa.table(dict(zip(COLUMNS["popular_articles"], zip(*rows, strict=True), strict=True)))


def test_popular_is_the_last_week_then_the_decayed_sales():
    overall = ("overall", "all", "all", "all")
    mart = popular_mart(
        (*overall, 0, 0, 50.0), (*overall, 1, 2, 1.0), (*overall, 2, 2, 2.0), ("age_bin", "x", "all", "all", 3, 9, 9.0)
    )
    marts = TableMarts({"popular_articles": mart})
    found = Popular().fit(context_of(log_of((1, 0, 0)), AS_OF, marts)).generate(np.array([2]), 5)
    assert articles_of(found, 2) == [2, 1, 0]


def test_popular_segment_follows_age_channel_and_the_groups_bought_from():
    articles = {"index_group_no": [1, 1, 1, 2, 2, 2]}
    own = pa.table({"customer_key": [0, 0, 1], "article_key": [0, 3, 3], "decayed_lines_30d": [3.0, 1.0, 1.0]})
    cell = "age_bin_index_group_channel"
    mart = popular_mart(
        (cell, "20-24", "1", "2", 1, 0, 4.0),
        (cell, "20-24", "1", "2", 2, 0, 1.0),
        (cell, "20-24", "2", "2", 4, 0, 1.0),
        (cell, "20-24", "2", "1", 5, 0, 1.0),
        ("age_bin", "25-29", "all", "all", 3, 0, 1.0),
        ("age_bin", "unknown", "all", "all", 0, 0, 1.0),
    )
    marts = {
        "popular_articles": mart,
        "customer_article_features": own,
        "customer_features": pa.table({"customer_key": [0, 1], "online_share": [0.9, 0.2]}),
    }
    source = PopularSegment().fit(context_of(log_of((1, 0, 0), articles=articles), AS_OF, TableMarts(marts)))
    found = source.generate(np.arange(4), 5)
    assert [articles_of(found, customer) for customer in range(4)] == [[1, 4, 2], [5], [3], [0]]
    assert found.score[:3].tolist() == pytest.approx([0.75 * 0.8, 0.25, 0.75 * 0.2])


TOGETHER = ((3, 0, 0), (2, 0, 1), (3, 1, 0), (2, 1, 1), (2, 2, 0), (4, 3, 4), (1, 3, 5))
"""Articles 0 and 1 are bought by the same customers; customer 2 has only 0 so far."""


@pytest.mark.parametrize("source", [ItemKnn(), UserKnn(), UserCf(Als(factors=2, regularization=0.01))])
def test_what_like_customers_bought_follows_ones_own(source):
    context = context_of(log_of(*TOGETHER), AS_OF, TableMarts({}))
    assert articles_of(source.fit(context).generate(np.arange(4), 2), 2) == [0, 1]


def test_user_knn_without_self_leaves_only_what_neighbours_bought():
    context = context_of(log_of((1, 0, 0), (2, 0, 1), (1, 1, 0), (2, 1, 2)), AS_OF, TableMarts({}))
    found = UserKnn(count_self=False).fit(context).generate(np.arange(2), 5)
    assert (articles_of(found, 0), articles_of(found, 1)) == ([0, 2], [0, 1])


def test_user_knn_looks_only_among_the_latest_customers():
    log = log_of((90, 0, 0), (90, 0, 1), (1, 1, 0), (1, 2, 5))
    found = UserKnn(pool=2).fit(context_of(log, AS_OF, TableMarts({}))).generate(np.array([1]), 5)
    assert articles_of(found, 1) == [0]


def test_ridge_learns_what_follows_a_purchase_a_week_later():
    rows = [
        (7 * week + 3 + 7 * step, customer, 2 * (customer % 2) + 1 - step)
        for week in range(6)
        for customer in range(4)
        for step in (0, 1)
    ]
    log = log_of((2, 0, 0), *rows)
    found = Ridge(penalty=0.1).fit(context_of(log, AS_OF, TableMarts({}))).generate(np.array([0]), 1)
    assert articles_of(found, 0) == [1]


def test_ridge_keeps_to_the_articles_that_sell_now(context):
    found = Ridge(articles=5).fit(context).generate(np.arange(context.log.shape[0]), 20)
    assert len(np.unique(found.article)) <= 5


def test_singular_vectors_equal_those_of_lapack(context):
    matrix = context.log.decayed(context.as_of, lambda age: 1 / age).astype(np.float32)
    ours = right_singular_vectors(matrix, 3, passes=8)
    theirs = np.linalg.svd(matrix.toarray())[2][:3].T
    np.testing.assert_allclose(np.abs((ours * theirs).sum(axis=0)), 1, atol=1e-4)


def test_als_may_learn_from_a_short_window_and_fold_everyone_in(context):
    found = UserCf(Als(factors=8, window_days=21)).fit(context).generate(np.arange(context.log.shape[0]), 5)
    assert np.isin(context.log.buyers, found.customer).all()


def test_an_inverted_index_finds_nearly_what_the_exact_one_finds():
    rng = np.random.default_rng(0)
    vectors, queries = rng.standard_normal((2000, 16)), rng.standard_normal((20, 16))
    exact, fast = (
        ArticleIndex(np.arange(2000), vectors, kind).search(np.arange(20), queries, 10) for kind in ("flat", "ivf")
    )
    pairs = [set(zip(b.customer.tolist(), b.article.tolist(), strict=True)) for b in (exact, fast)]
    assert len(pairs[0] & pairs[1]) > 0.7 * len(pairs[0])
