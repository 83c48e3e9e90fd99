"""Variants of sources that only the study has: unchanged they are the product's."""

import numpy as np
import pytest

from models.candidates.factors import Als, UserCf
from tests.study.sources import PopularBy, VariantAls, binary


@pytest.fixture
def everyone(context) -> np.ndarray:
    return np.arange(context.log.shape[0], dtype=np.int32)


def test_an_unchanged_variant_of_als_answers_as_the_products(context, everyone):
    theirs = UserCf(Als(factors=8)).fit(context).generate(everyone, 12)
    ours = UserCf(VariantAls(factors=8)).fit(context).generate(everyone, 12)
    np.testing.assert_array_equal(ours.article, theirs.article)
    np.testing.assert_array_equal(ours.score, theirs.score)


def test_binary_cells_make_another_factorisation_than_counts(context):
    counts, ones = (VariantAls(factors=8, **told).fit(context) for told in ({}, {"cells": binary}))
    assert counts.key != ones.key and set(ones.history.data) == {1.0}
    assert not np.allclose(counts.articles, ones.articles)


def test_without_fold_in_only_who_bought_in_the_window_has_a_vector(context, everyone):
    window = 3
    recent = context.log.last_days(context.as_of, window).buyers
    silent = np.setdiff1d(context.log.buyers, recent)
    assert len(silent)
    als = VariantAls(factors=8, window_days=window, fold_in=False).fit(context)
    assert not als.customers(silent).any() and als.customers(recent).any(axis=1).all()
    assert VariantAls(factors=8, window_days=window).fit(context).customers(silent).any()


def test_best_sellers_of_a_group_are_what_its_customers_bought(context, everyone):
    group = np.where(everyone % 2, 0, -1)
    found = PopularBy(lambda _: group).fit(context).generate(everyone, 5)
    assert set(found.customer % 2) == {1}
    mine = context.log.of_customers(everyone[everyone % 2 == 1])
    assert set(found.article) <= set(mine.sold)
    first = found.article[found.rank == 1]
    assert len(set(first)) == 1
