"""The feature join: every mart column, by index, as of the date."""

from datetime import timedelta

import numpy as np
import pytest

from models.candidates.base import CandidateBlock
from models.ranking.features import ArticleSide, UnknownCategoryError
from models.ranking.layout import Layout
from models.ranking.proposals import Proposals
from models.ranking.together import recent_articles

TODAY_COLUMNS = {
    "rank.popular",
    "rank.repurchase",
    "score.popular",
    "score.repurchase",
    "candidate.n_sources",
    "candidate.best_rank",
    "own.n_lines",
    "own.days_since_last",
    "customer.n_lines",
    "customer.days_since_last",
    "rfm.recency_days",
    "rfm.is_recent",
    "person.age",
    "article.n_lines",
    "article.mean_age",
    "category.product_code",
    "category.department_no",
    "category.colour_group_code",
    "affinity.colour_group_code.share",
    "affinity.department_no.share",
    "together.max_support",
    "together.sum_support",
}


def block(customer, article):
    n = len(customer)
    return CandidateBlock(
        np.array(customer, np.int32), np.array(article, np.int32), np.ones(n, np.int16), np.ones(n, np.float32)
    )


def features_of(world, as_of, customers):
    log = world.log()
    layout = Layout.learn(world, log.articles, [as_of], ("popular", "repurchase"))
    return ArticleSide.open(world, log, as_of, layout).of(np.array(customers, np.int32)), layout


def proposals(customer, article, n_articles=30):
    return Proposals.gather([("popular", block(customer, article))], ("popular", "repurchase"), n_articles)


def columns(world, as_of, customer, article):
    features, _ = features_of(world, as_of, sorted(set(customer)))
    matrix = features.matrix(proposals(customer, article))
    return dict(zip(features.names, matrix.T, strict=True))


def test_the_features_are_the_marts_numbers_and_nothing_else(world, as_of):
    assert set(features_of(world, as_of, [0])[0].names) == TODAY_COLUMNS


@pytest.mark.parametrize(
    ("mart", "feature"),
    [
        ("article_features", "article.planted"),
        ("customer_features", "customer.planted"),
        ("customer_rfm", "rfm.planted"),
        ("customer_article_features", "own.planted"),
        ("customer_category_features", "affinity.department_no.planted"),
        ("article_pairs", "together.max_planted"),
        ("dim_customers", "person.planted"),
    ],
)
def test_a_column_added_to_a_mart_becomes_a_feature(make_world, as_of, mart, feature):
    world = make_world(extra={mart: {"planted": lambda frame: np.full(len(frame), 2.5)}})
    own = world.rows[world.rows.t_dat < as_of].iloc[0]
    found = columns(world, as_of, [own.customer_no] * 28, range(28))
    assert np.nanmax(found[feature]) == 2.5


def test_features_equal_the_tables_looked_up_by_hand(world, as_of):
    found = columns(world, as_of, [3, 3, 5], [1, 2, 1])
    own = world.customer_article_features(as_of).set_index(["customer_key", "article_key"]).n_lines
    articles = world.article_features(as_of).set_index("article_key").mean_age
    category = world.customer_category_features(as_of).query("category == 'department_no'")
    category = category.set_index(["customer_key", "category_value"]).share
    for i, (c, a) in enumerate([(3, 1), (3, 2), (5, 1)]):
        np.testing.assert_equal(found["own.n_lines"][i], np.float32(own.get((c, a), np.nan)))
        np.testing.assert_equal(found["article.mean_age"][i], np.float32(articles[a]))
        np.testing.assert_equal(found["affinity.department_no.share"][i], np.float32(category.get((c, a % 4 + 100), np.nan)))
        assert found["person.age"][i] == 18 + c


def test_bought_together_is_the_largest_and_the_sum_over_the_latest_articles(world, as_of):
    found = columns(world, as_of, [4] * 28, range(28))
    seen = world._seen(as_of).query("customer_key == 4").sort_values(["age", "article_key"])
    recent = list(dict.fromkeys(seen.article_key))[:12]
    pairs = world.article_pairs(as_of)
    pairs = pairs[pairs.article_key.isin(recent)].groupby("paired_article_key").support
    for a in range(28):
        np.testing.assert_equal(found["together.max_support"][a], np.float32(pairs.max().get(a, np.nan)))
        np.testing.assert_equal(found["together.sum_support"][a], np.float32(pairs.sum().get(a, np.nan)))


def test_the_latest_articles_are_distinct_latest_first_and_of_one_day_in_order_of_id(world, as_of):
    log = world.log().before(as_of)
    recent = recent_articles(log, np.arange(43) == 7, n=9)
    seen = world._seen(as_of).query("customer_key == 7").sort_values(["age", "article_key"])
    assert seen.groupby("age").size().max() > 1
    assert recent.article.tolist() == list(dict.fromkeys(seen.article_key))[:9]
    assert set(recent.customer) == {7}


def test_a_customer_without_a_purchase_has_only_what_the_dimension_knows(world, as_of):
    found = columns(world, as_of, [41], [2])
    assert found["person.age"] == 59
    assert np.isnan([found[n][0] for n in found if n.startswith(("own", "customer", "rfm", "affinity", "together"))]).all()


def test_join_keys_do_not_reach_the_features(make_world, as_of):
    customer, article = np.repeat(np.arange(10), 28), np.tile(np.arange(28), 10)
    one = columns(make_world(), as_of, customer, article)
    other = columns(make_world(shuffle=5), as_of, customer, article)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_what_happens_from_the_date_on_does_not_reach_the_features(make_world, world, as_of):
    late = world.rows.t_dat >= as_of
    assert late.any()
    changed = world.rows.assign(article_no=np.where(late, 3, world.rows.article_no), n_lines=np.where(late, 9, 1))
    customer, article = np.repeat(np.arange(40), 28), np.tile(np.arange(28), 40)
    one, other = (columns(w, as_of, customer, article) for w in (world, make_world(changed)))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_a_category_number_the_run_never_saw_is_missing_not_wrong(world, as_of):
    log = world.log()
    layout = Layout(("popular", "repurchase"), (), {"category.department_no": [100, 102]})
    features = ArticleSide.open(world, log, as_of, layout).of(np.array([0], np.int32))
    code = features.matrix(proposals([0, 0, 0], [0, 1, 2]))[:, features.names.index("category.department_no")]
    np.testing.assert_array_equal(code, [0, np.nan, 1])


def test_a_category_without_its_column_is_named(make_world, as_of):
    world = make_world(extra={"customer_category_features": {"category": lambda frame: "shelf"}})
    with pytest.raises(UnknownCategoryError, match="shelf"):
        features_of(world, as_of, [0])


@pytest.fixture
def as_of(world):
    return max(world.rows.t_dat) - timedelta(days=20)
