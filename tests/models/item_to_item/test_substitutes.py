"""Instead of an article: its kind, who buys it, what it is, what sells."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from models.candidates.base import TableMarts, context_of
from models.interactions import Interactions
from models.item_to_item.substitutes import Substitutes

AS_OF = date(2020, 9, 1)
PAIRS = pa.table(
    {"article_key": pa.array([], pa.int32()), "paired_article_key": pa.array([], pa.int32())}
    | {"cosine": pa.array([], pa.float32()), "rank": pa.array([], pa.int32())}
)


def shop(bought, articles: pa.Table) -> Interactions:
    """A log of (customer, article, days before AS_OF)."""
    customer, article, ago = zip(*bought, strict=True)
    return Interactions.from_arrow(
        pa.table({"t_dat": [AS_OF - timedelta(days=n) for n in ago], "customer_key": customer, "article_key": article}),
        pa.table({"customer_id": [f"{c:02}" for c in range(max(customer) + 1)]}),
        articles,
    )


def two_worlds(**attributes) -> Interactions:
    """Customers 0-19 buy only articles 0-4, customers 20-39 only articles 5-9; article 10 is sold too late to be seen."""
    rng = np.random.default_rng(3)
    bought = [(c, 5 * (c // 20) + a, int(rng.integers(1, 60))) for c in range(40) for a in range(5)] + [(0, 10, 0)]
    return shop(bought, pa.table({"article_id": [f"{a:02}" for a in range(11)], **attributes}))


def lists(model: Substitutes, log: Interactions, k: int = 3) -> dict[int, list[int]]:
    found = model.fit(context_of(log, AS_OF, TableMarts({"article_pairs": PAIRS}))).generate(
        np.arange(len(log.articles), dtype=np.int32), k
    )
    assert (np.diff(found.customer) >= 0).all()
    assert found.rank.tolist() == [i + 1 for a in np.unique(found.customer) for i in range((found.customer == a).sum())]
    return {int(a): found.article[found.customer == a].tolist() for a in np.unique(found.customer)}


def test_articles_of_the_same_buyers_are_near_and_never_the_article_itself_or_one_not_yet_sold():
    found = lists(Substitutes(behaviour=1.0, power=0.0, within=None), two_worlds())
    assert set(found) == set(range(10))
    for article, others in found.items():
        assert len(others) == 3
        assert article not in others
        assert {other // 5 for other in others} == {article // 5}


def test_a_list_stays_within_the_kind():
    kinds = ["dress", "skirt"] * 5 + ["dress"]
    found = lists(Substitutes(behaviour=1.0, power=0.0), two_worlds(product_type_name=kinds))
    assert all({kinds[other] for other in others} == {kinds[article]} for article, others in found.items())


def test_an_article_never_sold_is_answered_by_what_it_is():
    words = ["red dress"] * 5 + ["blue skirt"] * 5 + ["blue skirt"]
    found = lists(Substitutes(behaviour=0.5, power=0.0, within=None), two_worlds(prod_name=words))
    assert {other // 5 for other in found[10]} == {1}


@pytest.mark.parametrize(("power", "first"), [(0.0, 1), (1.0, 2)])
def test_a_best_seller_comes_before_a_nearer_one_that_hardly_sells(power, first):
    names = pa.table({"article_id": list("abc"), "prod_name": ["red dress long", "red dress long", "red dress short"]})
    log = shop([(0, 0, 2), (1, 1, 2), *((c, 2, 2) for c in range(2, 30))], names)
    assert lists(Substitutes(behaviour=0.0, power=power, within=None), log)[0][0] == first


def test_what_is_no_longer_sold_is_not_shown():
    log = shop([(0, 0, 2), (0, 1, 2), (0, 2, 90)], pa.table({"article_id": list("abc"), "prod_name": ["red dress"] * 3}))
    assert lists(Substitutes(behaviour=0.0), log) == {0: [1], 1: [0], 2: [0, 1]}
