"""Held-out questions, and figures that tell a good list from a bad one."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from models.candidates.base import CandidateBlock, TableMarts, context_of
from models.interactions import Interactions
from models.item_to_item.judge import QUESTIONS, Asked, Question, judged, searched
from models.item_to_item.questions import instead_of_it, with_it
from models.item_to_item.segments import judged_by_segment, segments_of

AS_OF = date(2020, 9, 1)
KIND = np.array([0, 0, 0, 1, 1, 2], np.int32)
NO_PAIRS = pa.table(
    {"article_key": pa.array([], pa.int32()), "paired_article_key": pa.array([], pa.int32())}
    | {"cosine": pa.array([], pa.float32()), "rank": pa.array([], pa.int32())}
)


def log_of(bought) -> Interactions:
    """A log of (customer, article, days from AS_OF on)."""
    customer, article, day = zip(*bought, strict=True)
    return Interactions.from_arrow(
        pa.table({"t_dat": [AS_OF + timedelta(days=n) for n in day], "customer_key": customer, "article_key": article}),
        pa.table({"customer_id": [f"{c:03}" for c in range(max(customer) + 1)], "age_bin": ["x"] * (max(customer) + 1)}),
        pa.table({"article_id": [str(a) for a in range(6)], "product_type_name": [str(k) for k in KIND]}),
    )


def told(questions) -> dict[tuple[int, int], set[int]]:
    """(customer, asked article) -> true articles."""
    start = questions.truth.start
    return {
        (int(c), int(a)): set(questions.truth.article[start[i] : start[i + 1]].tolist())
        for i, (c, a) in enumerate(zip(questions.customer, questions.asked, strict=True))
    }


def test_with_it_asks_each_article_of_a_basket_of_the_week_for_those_of_other_kinds():
    log = log_of([(0, 0, 2), (0, 1, 2), (0, 3, 2), (1, 0, 3), (1, 3, 4), (2, 0, -1), (2, 3, -1), (3, 0, 7), (3, 3, 7)])
    assert told(with_it(log, AS_OF, KIND)) == {(0, 0): {3}, (0, 1): {3}, (0, 3): {0, 1}}


def test_where_all_is_of_one_kind_every_other_article_of_the_basket_is_true():
    assert told(with_it(log_of([(0, 0, 2), (0, 1, 2)]), AS_OF, np.zeros(6, np.int32))) == {(0, 0): {1}, (0, 1): {0}}


def test_instead_of_it_asks_what_was_bought_lately_for_what_of_its_kind_was_new_in_the_week():
    before = [(0, 0, -5), (0, 3, -5), (0, 1, -200), (1, 0, -60)]
    log = log_of([*before, (0, 1, 1), (0, 2, 1), (0, 0, 1), (0, 5, 1), (1, 2, 1)])
    assert told(instead_of_it(log, AS_OF, KIND)) == {(0, 0): {2}}


def test_a_sample_is_the_same_each_time_and_no_larger_than_asked():
    log = log_of([(c, a, 1) for c in range(50) for a in (0, 3, 5)])
    one, other = (with_it(log, AS_OF, KIND, most=40) for _ in range(2))
    assert len(one) == 40
    assert told(one) == told(other)


def test_a_question_is_scored_by_the_list_of_its_article_and_0_without_one():
    questions = with_it(log_of([(0, 0, 2), (0, 3, 2), (1, 0, 3), (1, 5, 3)]), AS_OF, KIND)
    lists = CandidateBlock(*(np.array(x, t) for x, t in (([0, 0], "i4"), ([3, 5], "i4"), ([1, 2], "i2"), ([2, 1], "f4"))))
    found = dict(zip(told(questions), questions.score(lists, 6)["map_at_12"].tolist(), strict=True))
    assert found == {(0, 0): 1.0, (0, 3): 0.0, (1, 0): 0.5, (1, 5): 0.0}


@pytest.fixture
def shop() -> tuple[Interactions, TableMarts]:
    """Everyone buys one of the first kind and then another; belts (3) go with trousers (0)."""
    rng = np.random.default_rng(1)
    before = [(c, a, -int(d)) for c, d in enumerate(rng.integers(1, 27, 40)) for a in (c % 3, 3)]
    week = [(c, a, 1) for c in range(40) for a in ((c + 1) % 3, 3)]
    return log_of(before + week), TableMarts({"article_pairs": NO_PAIRS})


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_rule_is_judged_on_the_same_questions_and_differences_are_to_the_first(question: Question, shop):
    log, marts = shop
    week = Asked.of(question, log, AS_OF, context_of(log, AS_OF, marts))
    rows = judged(question.simple, [week])
    assert [row["name"] for row in rows] == list(question.simple)
    assert (rows[0]["difference"], rows[0]["low"], rows[0]["high"]) == (0, 0, 0)
    product = rows[-1]
    assert product["map_at_12"] > 0
    assert product["difference"] == pytest.approx(product["map_at_12"] - rows[0]["map_at_12"])
    assert 0 < product["coverage"] <= 1
    assert all(0 <= row["answered"] <= 1 for row in rows)


def test_a_grid_comes_best_first(shop):
    log, marts = shop
    question = QUESTIONS[1]
    few = Question(question.name, question.ask, question.grid[::9], question.simple)
    found = searched(few, [Asked.of(question, log, AS_OF, context_of(log, AS_OF, marts))])
    assert len(found) == len(few.grid)
    assert [row["map_at_12"] for row in found] == sorted((row["map_at_12"] for row in found), reverse=True)


def test_a_segment_of_everyone_is_served_as_everyone_is(shop):
    log, marts = shop

    class Lines:
        def read(self, table, columns):
            return pa.table({"t_dat": [AS_OF - timedelta(days=1)], "customer_key": [0], "sales_channel_id": [2]})

    week = Asked.of(QUESTIONS[1], log, AS_OF, context_of(log, AS_OF, marts))
    segments = segments_of(Lines(), log, AS_OF)
    assert segments["channel"].tolist() == [1] + [-1] * 39
    (age, *_) = judged_by_segment(QUESTIONS[1].simple["the product"], [week], [segments])
    assert (age["segment"], age["questions"], age["difference"]) == ("age", len(week.questions), 0)
