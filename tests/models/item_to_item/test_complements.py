"""With an article: the kinds of its baskets, shared baskets, what sells, neither too rare nor too popular."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from models.candidates.base import TableMarts, context_of
from models.interactions import Interactions
from models.item_to_item.complements import Complements, basket_numbers, kind_weights

AS_OF = date(2020, 9, 1)
KINDS = ["trousers", "belt", "belt", "sock", "sock", "belt"]


def log_of(baskets: list[list[int]], ago: int = 3) -> Interactions:
    """One customer per basket, all on one day."""
    rows = [(c, a) for c, basket in enumerate(baskets) for a in basket]
    customer, article = zip(*rows, strict=True)
    day = [AS_OF - timedelta(days=ago)] * len(rows)
    return Interactions.from_arrow(
        pa.table({"t_dat": day, "customer_key": customer, "article_key": article}),
        pa.table({"customer_id": [f"{c:03}" for c in range(len(baskets))]}),
        pa.table({"article_id": [str(a) for a in range(6)], "product_type_name": KINDS}),
    )


def context(baskets, pairs=()):
    asked, other, cosine = zip(*pairs, strict=True) if pairs else ((), (), ())
    mart = {"article_key": pa.array(asked, pa.int32()), "paired_article_key": pa.array(other, pa.int32())}
    mart |= {"cosine": pa.array(cosine, pa.float32()), "rank": pa.array([1] * len(asked), pa.int32())}
    return context_of(log_of(baskets), AS_OF, TableMarts({"article_pairs": pa.table(mart)}))


def with_trousers(model: Complements, seen, k: int = 5) -> list[int]:
    return model.fit(seen).generate(np.array([0], np.int32), k).article.tolist()


USUAL = [[0, 1]] * 6 + [[0, 3]] * 2 + [[2]] * 3 + [[4]] * 9
"""Trousers go with belts more often than with socks; sock 4 sells best of all, and alone."""


def test_a_kind_counts_by_how_often_it_is_bought_with_the_other():
    seen = context(USUAL)
    kind = seen.log.articles.codes("product_type_name")
    weight = kind_weights(seen.log, seen, kind)
    belt, sock, trousers = kind[1], kind[3], kind[0]
    assert weight[trousers, belt] > weight[trousers, sock] > 0
    assert weight[belt, sock] == 0
    assert np.allclose(weight, weight.T)
    assert np.isclose(weight[trousers, belt], 6 / np.sqrt(8 * 6))


def test_the_usual_kinds_come_first_and_their_best_sellers_within_them():
    assert with_trousers(Complements(power=1.0, prior=1.0, rare=0), context(USUAL)) == [1, 4, 2, 3]


def test_without_power_every_kind_counts_the_same():
    assert with_trousers(Complements(power=0.0, prior=1.0, rare=0), context(USUAL)) == [4, 1, 2, 3]


def test_shared_baskets_raise_an_article_and_its_own_kind_is_never_shown():
    seen = context([*USUAL, [5]], pairs=[(0, 2, 0.9), (0, 5, 0.5), (1, 2, 0.9)])
    assert with_trousers(Complements(power=0.0, prior=0.01, rare=0), seen)[:2] == [2, 5]
    assert 2 not in Complements(rare=0).fit(seen).generate(np.array([1], np.int32), 5).article


def test_the_too_rare_and_the_too_popular_are_left_out():
    everything = with_trousers(Complements(power=0.0, prior=1.0, rare=0), context(USUAL))
    assert everything[0] == 4
    assert with_trousers(Complements(power=0.0, prior=1.0, rare=0.0, popular=0.8), context(USUAL)) == everything[1:]
    assert 3 not in with_trousers(Complements(power=0.0, prior=1.0, rare=0.25), context(USUAL))


def test_one_kind_of_article_is_no_reason_to_show_nothing():
    log = context([[0, 1], [0, 1], [0, 2]], pairs=[(0, 1, 0.8)])
    one = Complements(category="no such attribute", rare=0)
    assert with_trousers(one, log) == [1, 2]


def test_many_articles_are_answered_as_one_alone_is():
    seen = context(USUAL, pairs=[(0, 2, 0.9), (3, 0, 0.4)])
    fitted = Complements(rare=0).fit(seen)
    together = fitted.generate(np.arange(6, dtype=np.int32), 3)
    for a in range(6):
        alone = fitted.generate(np.array([a], np.int32), 3)
        assert together.article[together.customer == a].tolist() == alone.article.tolist()
    assert (np.diff(together.customer) >= 0).all()


def test_a_basket_is_a_customers_day():
    assert basket_numbers(log_of([[0, 1], [2]])).tolist() == [0, 0, 1]
