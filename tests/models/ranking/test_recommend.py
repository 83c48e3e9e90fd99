"""Recommendations: everyone gets twelve distinct articles that were sold, and what is judged is what is served."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

import models.candidates
import models.recommend
from models.candidates.base import blocks_of
from models.candidates.select import rank_rows
from models.ranking import FeatureMismatchError, train
from models.ranking.lists import Filler, RankedLists, best
from models.ranking.proposals import Proposals
from models.recommend import PeekingError, recommend, recommend_for_evaluation
from warehouse.schemas.recs import RECOMMENDATIONS

N_CUSTOMERS, N_COLD = 40, 3
"""Of the world: who buys, and who never does."""


@pytest.fixture
def today(world):
    return max(world.rows.t_dat) - timedelta(days=6)


@pytest.fixture
def run(world, today, small_config, tmp_path):
    return train(world, today, weeks=2, run_dir=tmp_path / "run", config=small_config)


@pytest.fixture
def recommended(world, today, run):
    """Recommend in a world and give back the rows written."""

    def write(in_world=world, day=today, **options):
        rows = recommend(in_world, run, day, **options)
        found = in_world.written[RECOMMENDATIONS.full_name, day]
        assert rows == len(found)
        return found

    return write


def by_customer(rows):
    return rows.to_pandas().groupby("customer_id", sort=False)


def test_everyone_gets_twelve_distinct_articles_the_cold_included(world, recommended):
    lists = by_customer(recommended())
    assert len(lists) == len(world.customer_ids)
    for _, rows in lists:
        assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
        assert len(rows) >= 12
        assert rows.article_id.is_unique
        assert rows.score.is_monotonic_decreasing


def test_rows_follow_customer_id_and_rank_and_ids_belong_to_keys(make_world, world, today, recommended):
    other = make_world(world.rows, shuffle=4)
    rows = recommended(other).to_pandas()
    assert rows[["customer_id", "rank"]].apply(tuple, axis=1).is_monotonic_increasing
    assert (rows.customer_key == rows.customer_id.map(dict(zip(other.customer_ids, other.customer_keys, strict=True)))).all()
    assert (rows.article_key == rows.article_id.map(dict(zip(other.article_ids, other.article_keys, strict=True)))).all()


def test_join_keys_and_block_sizes_do_not_reach_the_lists(make_world, world, recommended, monkeypatch):
    what = ["customer_id", "rank", "article_id", "score", "source", "sources", "reason"]
    expected = recommended().select(what)
    assert recommended(make_world(shuffle=8)).select(what) == expected
    monkeypatch.setattr(models.recommend, "CUSTOMERS_PER_LOAD", 9)
    monkeypatch.setattr(models.recommend, "CUSTOMERS_PER_BLOCK", 2)
    assert recommended().select(what) == expected


def test_only_articles_sold_before_the_date_are_recommended(make_world, world, today, recommended):
    first_sold_today = world.rows.assign(article_no=np.where(world.rows.t_dat == today, 29, world.rows.article_no))
    rows = recommended(make_world(first_sold_today))
    sold = set(world.rows.article_no[world.rows.t_dat < today])
    assert {int(a) for a in rows["article_id"].to_pylist()} <= sold


def test_a_source_cannot_bring_in_an_article_that_was_never_sold(world, recommended, monkeypatch):
    def propose_unsold(self, customers, k):
        return rank_rows(customers, np.full(len(customers), 29), np.ones(len(customers)), k)

    source = models.candidates.SOURCES["popular"].make
    monkeypatch.setattr(source, "generate", propose_unsold)
    assert 29 not in {int(a) for a in recommended()["article_id"].to_pylist()}


def test_where_repeats_are_off_nothing_bought_comes_back(world, today, recommended):
    rows = recommended(allow_repeats=False).to_pandas()
    bought = world.rows[world.rows.t_dat < today]
    bought = set(zip(bought.customer_no, bought.article_no, strict=True))
    assert not bought & set(zip(rows.customer_id.str[1:].astype(int), rows.article_id.astype(int), strict=True))
    # Nobody bought more than 16 of the 28 articles that were sold.
    assert (rows.groupby("customer_id").size() >= 12).all()


def test_candidates_that_every_source_ranks_deep_are_not_served(world, today, run, monkeypatch):
    near = replace(run, config=run.config.model_copy(update={"deepest_rank": 1}))
    recommend(world, near, today)
    rows = world.written[RECOMMENDATIONS.full_name, today].to_pandas()
    # A customer's own best and the overall best seller are what the two sources rank first; the rest is filled up to 12.
    assert (rows[rows["source"] == "repurchase"].groupby("customer_id").size() == 1).all()
    assert set(rows[rows["source"] != "cold_start"].groupby("customer_id").size()) == {12}


def test_what_is_judged_is_what_is_served(world, today, recommended, run):
    log = world.log()
    judged = recommend_for_evaluation(world, run, today, keep=24)
    buyers = log.labels(today).customer
    assert len(buyers) > 10
    served = recommended(customers=buyers)
    assert log.articles.ids.take(pa.array(judged.article)) == served["article_id"].combine_chunks()
    assert log.customers.ids.take(pa.array(judged.customer)) == served["customer_id"].combine_chunks()
    np.testing.assert_array_equal(judged.score, served["score"].to_numpy())


def test_the_blocks_in_which_buyers_are_judged_do_not_reach_their_lists(world, today, run, monkeypatch):
    whole = recommend_for_evaluation(world, run, today)
    monkeypatch.setattr("models.recommend.blocks_of", lambda customers: blocks_of(customers, 5))
    parts = recommend_for_evaluation(world, run, today)
    for field in ("customer", "article", "rank", "score"):
        np.testing.assert_array_equal(getattr(parts, field), getattr(whole, field))


def test_a_run_is_not_judged_on_days_it_learned_from(world, today, run):
    with pytest.raises(PeekingError, match=r"may not be judged"):
        recommend_for_evaluation(world, run, today - timedelta(days=7))


def test_a_new_mart_column_needs_a_new_run_and_the_message_says_so(make_world, recommended):
    world = make_world(extra={"article_features": {"shelf": lambda frame: 1.0}})
    with pytest.raises(FeatureMismatchError, match=r"new: article\.shelf.*hm train"):
        recommended(world)


def test_source_is_one_of_the_sources(recommended):
    rows = recommended()
    source, sources = rows["source"].to_pylist(), rows["sources"].to_pylist()
    assert all(s in all_ for s, all_ in zip(source, sources, strict=True))


def test_the_cold_start_model_answers_for_who_never_bought_and_for_nobody_else(make_world, world, today, recommended):
    cold_only = {f"c{n:063d}" for n in range(N_CUSTOMERS, N_CUSTOMERS + N_COLD)}
    # One customer more is cold as of today, for they buy from today on only.
    late = make_world(world.rows[(world.rows.customer_no != 5) | (world.rows.t_dat >= today)])
    for in_world, cold in ((world, cold_only), (late, cold_only | {f"c{5:063d}"})):
        rows = recommended(in_world).to_pandas()
        assert set(rows[rows["source"] == "cold_start"].customer_id) == cold
        assert set(rows[rows.customer_id.isin(cold)]["source"]) == {"cold_start"}
        assert (rows[rows.customer_id.isin(cold)].groupby("customer_id").size() >= 12).all()


def test_cold_buyers_are_judged_by_the_lists_they_are_served(make_world, world, today, recommended, run):
    late = make_world(world.rows[(world.rows.customer_no != 5) | (world.rows.t_dat >= today)])
    assert 5 in late.log().labels(today).customer
    judged = recommend_for_evaluation(late, run, today, log=late.log())
    served = recommended(late).to_pandas()
    mine = served[served.customer_id == f"c{5:063d}"].article_id.astype(int).tolist()
    assert judged.article[judged.customer == 5][:12].tolist() == mine[:12]


def test_reasons_say_what_the_customer_did(world, today, recommended):
    rows = recommended().to_pandas()
    seen = world.rows[world.rows.t_dat < today].assign(age=[(today - d).days for d in world.rows.t_dat if d < today])
    seen = seen.groupby(["customer_no", "article_no"]).agg(days=("t_dat", "nunique"), last=("age", "min"))
    told = 0
    for row in rows.itertuples():
        mine = seen.index.isin([(int(row.customer_id[1:]), int(row.article_id))])
        if mine.any():
            days, last = seen[mine].iloc[0]
            ago = "yesterday" if last == 1 else f"{last} days ago"
            assert row.reason == (f"Bought {ago}" if days == 1 else f"Bought {days} times, last {ago}")
            told += 1
        else:
            assert row.reason.startswith(("Often bought together with Article", "Another version of Article", "Popular"))
    assert 0 < told < len(rows)


# -- lists ------------------------------------------------------------------------------------------------------------


def proposals(customer, article):
    n = len(customer)
    customer, article = np.array(customer, np.int32), np.array(article, np.int32)
    return Proposals(customer, article, np.ones((n, 1), np.float32), np.ones((n, 1), np.float32), ("popular",))


def test_equal_scores_rank_in_order_of_article():
    lists = best(proposals([0, 0, 0, 1, 1], [3, 5, 9, 2, 4]), np.array([1, 1, 1, 2, 2], np.float32), keep=2)
    assert lists.article.tolist() == [3, 5, 2, 4]
    assert lists.rank.tolist() == [1, 2, 1, 2]


def filled(own, customers, popular, forbidden=()):
    filler = Filler(np.array(popular, np.int32), np.array(sorted(c * 100 + a for c, a in forbidden), np.int64), 100)
    customer, article = (np.array(x, np.int32) for x in (zip(*own, strict=True) if own else ([], [])))
    lists = best(proposals(customer, article), np.zeros(len(customer), np.float32), 24)
    done = filler.fill(lists, np.array(customers, np.int32), shown=4)
    return {c: done.article[done.customer == c].tolist() for c in customers}, done


def test_short_lists_are_completed_with_best_sellers_not_listed_yet():
    found, done = filled([(0, 7), (0, 8), (2, 1), (2, 2), (2, 3), (2, 4), (2, 6)], [0, 1, 2], [8, 1, 9, 7, 5])
    assert found == {0: [7, 8, 1, 9], 1: [8, 1, 9, 7], 2: [1, 2, 3, 4, 6]}
    assert (np.diff(done.score)[np.diff(done.customer) == 0] <= 0).all()


def test_what_may_not_be_repeated_is_not_filled_in_either():
    found, _ = filled([(0, 7)], [0], [8, 1, 9, 5, 6, 2], forbidden=[(0, 8), (0, 9), (0, 5)])
    assert found == {0: [7, 1, 6, 2]}


def test_fewer_articles_than_asked_for_give_what_there_is():
    assert filled([(0, 7)], [0, 1], [8, 7])[0] == {0: [7, 8], 1: [8, 7]}


def test_lists_that_are_long_enough_are_left_alone():
    lists = best(proposals([0] * 12, range(12)), np.arange(12, dtype=np.float32), 24)
    assert isinstance(lists, RankedLists)
    assert Filler(np.array([50], np.int32), np.zeros(0, np.int64), 100).fill(lists, np.array([0], np.int32)) is lists
