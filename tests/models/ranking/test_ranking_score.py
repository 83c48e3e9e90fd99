"""Scoring: a shortlist by one model, the order within it by all."""

from datetime import timedelta

import numpy as np
import pytest

from models.candidates.stored import StoredCandidates
from models.ranking import train
from models.ranking.boosters import blended_scores
from models.ranking.features import ArticleSide
from models.ranking.learning_set import stored_proposals
from models.ranking.score import Scorer, slices_of_whole_customers, with_the_rest_below


@pytest.fixture
def today(world):
    return max(world.rows.t_dat) - timedelta(days=6)


@pytest.fixture
def scored(world, today, small_config, tmp_path):
    """Proposals of a week, their scores, and every model's raw scores, under a shortlist of some length."""

    def score(shortlist):
        config = small_config.model_copy(update={"shortlist": shortlist})
        run = train(world, today, weeks=2, run_dir=tmp_path / "run", config=config)
        log = world.log()
        proposals = stored_proposals(
            StoredCandidates.open(world, log, today), log.labels(today).customer, run.layout.sources
        )
        features = ArticleSide.open(world, log, today, run.layout).of(np.unique(proposals.customer))
        matrix = features.matrix(proposals)
        raw = {name: b.predict(matrix, raw_score=True) for name, b in run.boosters.items()}
        return proposals, Scorer(run, features).score(proposals), raw

    return score


def test_with_a_shortlist_as_long_as_the_candidates_all_models_score_all(scored):
    _, score, raw = scored(100)
    np.testing.assert_allclose(score, blended_scores(raw), rtol=1e-6)


def test_all_models_order_the_first_models_best_and_the_rest_follows_in_its_order(scored):
    proposals, score, raw = scored(3)
    for customer in np.unique(proposals.customer):
        mine = np.flatnonzero(proposals.customer == customer)
        first = mine[np.lexsort((proposals.article[mine], -raw["binary-1"][mine]))]
        listed, rest = first[:3], first[3:]
        best = listed[np.lexsort((proposals.article[listed], -blended_scores(raw)[listed]))]
        found = mine[np.lexsort((proposals.article[mine], -score[mine]))]
        assert found.tolist() == [*best, *rest]


def test_objectives_count_the_same_however_many_seeds_they_have():
    raw = {"binary-1": np.array([1.0]), "binary-2": np.array([3.0]), "lambdarank-1": np.array([10.0])}
    assert blended_scores(raw) == [6.0]


def test_slices_cut_no_customer_in_two():
    customer = np.repeat([1, 4, 5, 9], [3, 1, 6, 2])
    assert slices_of_whole_customers(customer, 4) == [slice(0, 4), slice(4, 10), slice(10, 12)]
    assert slices_of_whole_customers(customer, 100) == [slice(0, 12)]
    assert slices_of_whole_customers(customer[:0], 4) == []


def test_the_rest_lies_below_each_customers_own_shortlist():
    customer = np.array([0, 0, 0, 1, 1])
    listed = np.array([True, False, False, True, True])
    score = with_the_rest_below(customer, np.array([9.0, 5.0, 7.0, 0.0, 0.0]), listed, np.array([-2.0, 3.0, 4.0]))
    assert score.tolist() == [-2.0, -5.0, -3.0, 3.0, 4.0]
