"""Metrics against cases computed by hand and against implicit's evaluation of the same lists."""

import json
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix

from models.candidates.base import CandidateBlock
from models.evaluation.intervals import mean_interval
from models.evaluation.metrics import gini, only_new, per_buyer, same_product, without_bought
from models.evaluation.report import FULL_SYSTEM, judge, report
from models.evaluation.sources import pooled, source_rows
from models.evaluation.week import Week
from models.interactions import Interactions, Truth


def lists(*rows):
    """Lists from {customer: [articles, best first]} in order of customer."""
    found = [(c, a, r) for c, articles in rows for r, a in enumerate(articles, start=1)]
    customer, article, rank = (np.array(column) for column in zip(*found, strict=True))
    return CandidateBlock(
        customer.astype(np.int32), article.astype(np.int32), rank.astype(np.int16), -rank.astype(np.float32)
    )


def truth(*rows):
    """Truth from (customer, {article: lines}) in order of customer."""
    start = np.cumsum([0, *(len(bought) for _, bought in rows)])
    articles = [a for _, bought in rows for a in bought]
    lines = [n for _, bought in rows for n in bought.values()]
    return Truth(np.array([c for c, _ in rows], np.int32), start, np.array(articles, np.int32), np.array(lines, np.int32))


def test_average_precision_of_a_case_computed_by_hand():
    found = per_buyer(lists((3, [7, 1, 9, 2])), truth((3, {1: 1, 2: 3, 5: 1})), 10)
    # Hits at rank 2 and 4: (1/2 + 2/4) over three true articles; the list truth has five lines.
    assert found["map_at_12"] == pytest.approx([1 / 3])
    assert found["map_list_at_12"] == pytest.approx([1 / 5])
    assert found["recall_at_12"] == pytest.approx([2 / 3])
    assert found["precision_at_12"] == pytest.approx([2 / 12])
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert found["ndcg_at_12"] == pytest.approx([(1 / np.log2(3) + 1 / np.log2(5)) / ideal])


def test_the_denominator_is_capped_at_twelve():
    bought = truth((0, dict.fromkeys(range(20), 1)))
    assert per_buyer(lists((0, list(range(12)))), bought, 30)["map_at_12"] == pytest.approx([1.0])


def test_hits_beyond_rank_12_count_for_recall_at_100_only():
    found = per_buyer(lists((0, [*range(12), 20])), truth((0, {20: 1})), 30)
    assert (found["map_at_12"][0], found["recall_at_12"][0], found["recall_at_100"][0]) == (0, 0, 1)


def test_a_buyer_without_a_list_scores_nothing_and_a_list_without_a_purchase_does_not_count():
    found = per_buyer(lists((1, [4]), (2, [4])), truth((0, {4: 1}), (2, {4: 1})), 10)
    assert found["map_at_12"].tolist() == [0, 1]
    assert found["hit_rate_at_12"].tolist() == [0, 1]


def test_hits_of_one_customer_do_not_reach_into_the_next():
    found = per_buyer(lists((0, [1, 2]), (1, [9, 3])), truth((0, {1: 1, 2: 1}), (1, {3: 1})), 10)
    assert found["map_at_12"] == pytest.approx([1.0, 0.5])


def test_map_and_ndcg_equal_those_of_implicit_on_random_lists():
    from implicit.evaluation import ranking_metrics_at_k

    class Fixed:
        """A model that answers with given lists, for implicit's evaluator."""

        def __init__(self, ranked):
            self.ranked = ranked

        def recommend(self, userid, user_items, N=12, **_):
            return self.ranked[userid, :N], np.zeros((len(userid), N), np.float32)

    rng = np.random.default_rng(5)
    n_users, n_items = 40, 60
    ranked = np.array([rng.permutation(n_items)[:12] for _ in range(n_users)], np.int32)
    bought = [sorted(rng.choice(n_items, rng.integers(1, 20), replace=False)) for _ in range(n_users)]
    test = csr_matrix(
        (np.ones(sum(map(len, bought))), np.concatenate(bought), np.cumsum([0, *map(len, bought)])), (n_users, n_items)
    )
    theirs = ranking_metrics_at_k(Fixed(ranked), csr_matrix(test.shape), test, K=12, show_progress=False)
    ours = per_buyer(
        lists(*((u, ranked[u].tolist()) for u in range(n_users))),
        truth(*((u, dict.fromkeys(map(int, bought[u]), 1)) for u in range(n_users))),
        n_items,
    )
    assert ours["map_at_12"].mean() == pytest.approx(theirs["map"], rel=1e-6)
    assert ours["ndcg_at_12"].mean() == pytest.approx(theirs["ndcg"], rel=1e-6)


def test_new_articles_only_leaves_bought_ones_out_of_lists_and_truth():
    bought_before = np.array([0 * 10 + 1])
    kept = without_bought(lists((0, [1, 2, 3])), bought_before, 10)
    assert (kept.article.tolist(), kept.rank.tolist()) == ([2, 3], [1, 2])
    left = only_new(truth((0, {1: 1, 3: 1}), (1, {1: 1})), np.array([1, 11]), 10)
    assert (left.customer.tolist(), left.article.tolist(), left.start.tolist()) == ([0], [3], [0, 1])


def log():
    """Customer 0 bought article 0 last week, 1 long ago, 2 never before; all buy on the judged week."""
    rows = [("2020-03-01", 1, 1), ("2020-08-30", 0, 0), ("2020-09-01", 0, 0), ("2020-09-02", 1, 2), ("2020-09-03", 2, 3)]
    return Interactions.from_arrow(
        pa.table(
            {
                "t_dat": [date.fromisoformat(day) for day, _, _ in rows],
                "customer_key": [c for _, c, _ in rows],
                "article_key": [a for _, _, a in rows],
            }
        ),
        pa.table({"customer_id": ["a", "b", "c"]}),
        pa.table({"article_id": ["0", "1", "2", "3"]}),
    )


def test_segments_and_the_figures_of_a_week():
    week = Week(log(), date(2020, 9, 1))
    assert week.segment.tolist() == [0, 1, 2]
    shown = lists((0, [0, 1]), (1, [1]), (2, [0]))
    figures = week.score(shown).figures
    assert figures["coverage"] == 1.0
    assert figures["repeat_share"] == pytest.approx(2 / 4)
    assert figures["novelty"] == pytest.approx(1.0)


def test_what_the_lists_favour():
    week = Week(log(), date(2020, 9, 1))
    told = week.score(lists((0, [0, 1]), (1, [1]), (2, [0]))).figures
    one = week.score(lists((0, [0]), (1, [0]), (2, [0]))).figures
    assert told["gini"] == 0
    assert one["gini"] > 0
    assert one["popularity_rank"] <= told["popularity_rank"]
    assert (told["same_product"], one["same_product"]) == (0, 0)


def test_gini_of_cases_computed_by_hand():
    assert gini(np.array([5, 5, 5, 5])) == 0
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)
    assert gini(np.array([3, 1])) == pytest.approx(1 / 4)
    assert gini(np.zeros(4)) == 0


def test_another_article_of_a_product_above_it_is_counted():
    product = np.array([7, 7, 7, 8, -1, -1])
    assert same_product(lists((0, [0, 1, 3, 2]), (1, [0, 3, 4, 5])), product) == pytest.approx(2 / 8)


def test_the_verdict_is_the_paired_difference_to_the_best_baseline():
    week = Week(log(), date(2020, 9, 1))
    good, bad = lists((0, [0]), (1, [2]), (2, [0])), lists((0, [0]), (1, [0]), (2, [0]))
    systems = [("popular", "baseline", bad), (FULL_SYSTEM, "system", good)]
    found = report(judge(week, systems), []).verdict
    assert found["best_baseline"] == "popular"
    assert found["difference"] == pytest.approx(1 / 3)
    assert found["difference_low"] <= found["difference"] <= found["difference_high"]


def test_every_row_has_its_paired_difference_and_the_pool_weighs_buyers_alike():
    early, late = Week(log(), date(2020, 3, 1)), Week(log(), date(2020, 9, 1))
    all_first = lists((0, [0]), (1, [1]), (2, [0]))
    none = lists((0, [3]), (1, [3]), (2, [2]))
    rows = [
        judged
        for week in (early, late)
        for judged in judge(
            week, [("popular", "baseline", none), ("own", "source", all_first), (FULL_SYSTEM, "system", all_first)]
        )
    ]
    found = report(rows, [])
    by_name = {(row["system"], row["week"]): row for row in found.rows}
    assert list(by_name) == [(s, w) for s in ("popular", "own", FULL_SYSTEM) for w in ("2020-09-01", "2020-03-01", "pooled")]
    assert [by_name["own", w]["map_at_12"] for w in ("2020-03-01", "2020-09-01")] == pytest.approx([1, 1 / 3])
    assert by_name["own", "pooled"]["map_at_12"] == pytest.approx(2 / 4)
    assert by_name["own", "pooled"]["difference"] == pytest.approx(2 / 4)
    assert by_name["popular", "pooled"]["difference"] == 0
    assert found.verdict["best_other"]["system"] == "own"
    assert found.verdict["best_other"]["difference"] == 0
    assert json.loads(found.to_json()) == found.to_dict()


def test_lists_of_customers_who_did_not_buy_change_nothing():
    week = Week(log(), date(2020, 3, 1))
    one, more = week.score(lists((1, [1, 2]))), week.score(lists((0, [2]), (1, [1, 2]), (2, [0])))
    assert one.figures == more.figures
    assert one.buyers["map_at_12"].tolist() == more.buyers["map_at_12"].tolist() == [1.0]


def test_an_interval_covers_what_scipy_finds():
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).exponential(size=300)
    ours = mean_interval(np.arange(300), values)
    theirs = bootstrap((values,), np.mean, n_resamples=1000, method="percentile", rng=np.random.default_rng(2))
    assert ours.mean == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.02)


def test_what_a_source_alone_finds_is_lost_without_it():
    week = Week(log(), date(2020, 9, 1))
    blocks = {"own": lists((0, [0]), (1, [1])), "popular": lists((0, [0]), (1, [2]))}
    rows = {row["source"]: row for row in source_rows(week, blocks)}
    assert rows["own"]["lost"] == 0
    assert rows["popular"]["lost"] == pytest.approx(1 / 3)
    assert rows["all sources"]["recall"] == pytest.approx(2 / 3)
    assert rows["own"]["precision"] == pytest.approx(1 / 2)
    twice = {row["source"]: row for row in pooled([*rows.values(), *rows.values()], "pooled")}
    assert twice["popular"]["lost"] == pytest.approx(1 / 3)
    assert (twice["own"]["proposed"], twice["own"]["per_buyer"]) == (4, pytest.approx(2 / 3))


def test_an_interval_draws_customers_and_not_rows():
    values = np.repeat([0.0, 1.0], 50)
    apart = mean_interval(np.arange(100), values)
    together = mean_interval(np.repeat([0, 1], 50), values)
    assert apart.low > 0.3
    assert (together.low, together.high) == (0.0, 1.0)
