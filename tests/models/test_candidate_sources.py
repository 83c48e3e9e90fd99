"""The contract every candidate source keeps, and known answers for each kind of model."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from models.baselines import BASELINES
from models.candidates import SOURCES, UnknownSourceError, choose, fit_sources
from models.candidates.base import TableMarts, blocks_of, context_of
from models.candidates.factors import Als, ArticleIndex, UserCf, right_singular_vectors
from models.candidates.history import CoPurchase, Repurchase, SameProduct
from models.candidates.linear import Ridge
from models.candidates.neighbours import ItemKnn, UserKnn
from models.candidates.popular import Popular, PopularSegment
from models.interactions import Interactions, day_number

K = 8
FIELDS = ("customer", "article", "rank", "score")
MAKERS = {name: setting.make for name, setting in SOURCES.items()} | {name: b.make for name, b in BASELINES.items()}
FOR_ALL = {"popular", "popular_segment"} | set(BASELINES)
"""Who proposes something to a customer without history."""


def everyone(context) -> np.ndarray:
    return np.arange(context.log.shape[0], dtype=np.int32)


def run(name, context, k=K):
    return MAKERS[name]().fit(context).generate(everyone(context), k)


@pytest.fixture(params=MAKERS)
def name(request) -> str:
    return request.param


def test_lists_are_ranked_distinct_and_no_longer_than_k(name, context):
    found = run(name, context)
    assert len(found) > 0
    assert (np.diff(found.customer) >= 0).all()
    for customer in np.unique(found.customer):
        mine = found.where(found.customer == customer)
        assert mine.rank.tolist() == list(range(1, len(mine) + 1))
        assert len(mine) <= K
        assert len(set(mine.article.tolist())) == len(mine)
        assert (np.diff(mine.score) <= 0).all()


def test_only_articles_sold_before_the_date_are_proposed(name, context):
    assert np.isin(run(name, context, 100).article, context.log.sold).all()
    assert len(context.log.sold) < context.log.shape[1]


def test_customers_without_history_get_what_sells_or_nothing(name, context):
    found = run(name, context)
    cold = np.setdiff1d(everyone(context), context.log.buyers)
    assert len(cold) > 0
    assert np.isin(cold, found.customer).all() if name in FOR_ALL else not np.isin(cold, found.customer).any()


def test_a_switch_forbids_what_was_bought(name, context):
    owned = {(c, a) for c, a in zip(context.log.pairs.customer.tolist(), context.log.pairs.article.tolist(), strict=True)}
    found = run(name, context.with_repeats(False), 30)
    assert not owned & set(zip(found.customer.tolist(), found.article.tolist(), strict=True))
    if name != "repurchase":
        assert len(found) > 0


def test_fitting_again_gives_the_same_bits(name, context):
    one, other = run(name, context), run(name, replace(context, _shared={}))
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


def test_keys_and_row_order_change_nothing(name, shop, make_context, context):
    one, other = run(name, context), run(name, make_context(shop.log(seed=5)))
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


def test_the_days_from_the_date_on_are_not_seen(name, shop, make_context, context):
    one, other = run(name, context), run(name, make_context(shop.until(context.as_of).log()))
    assert len(shop.until(context.as_of).day) < len(shop.day)
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


def test_blocks_of_customers_give_what_all_at_once_gives(name, context):
    whole = run(name, context)
    fitted = MAKERS[name]().fit(context)
    parts = [fitted.generate(block, K) for block in blocks_of(everyone(context), 7)]
    np.testing.assert_array_equal(whole.customer, np.concatenate([p.customer for p in parts]))
    np.testing.assert_allclose(whole.score, np.concatenate([p.score for p in parts]), rtol=1e-4)


def test_an_unknown_source_is_named_with_those_there_are():
    with pytest.raises(UnknownSourceError, match="No candidate source is called poplar; there are repurchase, "):
        choose(["poplar"])


def test_sources_are_fitted_by_name_with_their_own_k(context):
    fitted = fit_sources(context, ["popular", "item_knn"], k={"popular": 3})
    blocks = dict(fitted.generate(everyone(context)))
    assert list(blocks) == ["popular", "item_knn"]
    assert blocks["popular"].rank.max() == 3


# -- known answers ---------------------------------------------------------------------------------------------------------

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


def test_popular_is_the_last_week_then_the_decayed_sales():
    mart = {"segment": ["overall"] * 3 + ["age_bin"], "article_key": [0, 1, 2, 3], "n_lines_7d": [0, 2, 2, 9]}
    mart["decayed_lines"] = [50.0, 1.0, 2.0, 9.0]
    marts = TableMarts({"popular_articles": pa.table(mart)})
    found = Popular().fit(context_of(log_of((1, 0, 0)), AS_OF, marts)).generate(np.array([2]), 5)
    assert articles_of(found, 2) == [2, 1, 0]


def test_popular_segment_follows_age_channel_and_the_groups_bought_from():
    articles = {"index_group_no": [1, 1, 1, 2, 2, 2]}
    own = pa.table({"customer_key": [0, 0, 1], "article_key": [0, 3, 3], "decayed_lines_30d": [3.0, 1.0, 1.0]})
    cell = "age_bin_index_group_channel"
    mart = [
        (cell, "20-24", "1", "2", 1, 4.0),
        (cell, "20-24", "1", "2", 2, 1.0),
        (cell, "20-24", "2", "2", 4, 1.0),
        (cell, "20-24", "2", "1", 5, 1.0),
        ("age_bin", "25-29", "all", "all", 3, 1.0),
        ("age_bin", "unknown", "all", "all", 0, 1.0),
    ]
    names = ("segment", "age_bin", "index_group_no", "sales_channel_id", "article_key", "decayed_lines")
    marts = {
        "popular_articles": pa.table(dict(zip(names, zip(*mart, strict=True), strict=True))),
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
    found = Ridge(articles=5).fit(context).generate(everyone(context), 20)
    assert len(np.unique(found.article)) <= 5


def test_singular_vectors_equal_those_of_lapack(context):
    matrix = context.log.decayed(context.as_of, lambda age: 1 / age).astype(np.float32)
    ours = right_singular_vectors(matrix, 3, passes=8)
    theirs = np.linalg.svd(matrix.toarray())[2][:3].T
    np.testing.assert_allclose(np.abs((ours * theirs).sum(axis=0)), 1, atol=1e-4)


def test_als_may_learn_from_a_short_window_and_fold_everyone_in(context):
    found = UserCf(Als(factors=8, window_days=21)).fit(context).generate(everyone(context), 5)
    assert np.isin(context.log.buyers, found.customer).all()


def test_an_inverted_index_finds_nearly_what_the_exact_one_finds():
    rng = np.random.default_rng(0)
    vectors, queries = rng.standard_normal((2000, 16)), rng.standard_normal((20, 16))
    exact, fast = (
        ArticleIndex(np.arange(2000), vectors, kind).search(np.arange(20), queries, 10) for kind in ("flat", "ivf")
    )
    pairs = [set(zip(b.customer.tolist(), b.article.tolist(), strict=True)) for b in (exact, fast)]
    assert len(pairs[0] & pairs[1]) > 0.7 * len(pairs[0])
