"""The contract that every candidate source and every baseline keeps."""

from dataclasses import replace

import numpy as np
import pytest

from models.baselines import BASELINES
from models.candidates import SOURCES, UnknownSourceError, choose, fit_sources
from models.candidates.base import blocks_of

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
