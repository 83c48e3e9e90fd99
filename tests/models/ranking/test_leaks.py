"""Leak hunt: shuffled labels teach nothing, and a feature that knows the future is named."""

from datetime import timedelta

import numpy as np
import pytest

from models.evaluation.chance import chance
from models.evaluation.week import Week
from models.ranking import train
from models.ranking.layout import Layout
from models.ranking.leaks import MOST_GAIN, RandomOrder, alarm, shuffled
from models.ranking.learning_set import learning_set
from models.recommend import recommend_for_evaluation

SHUFFLES = 10


@pytest.fixture
def today(world):
    return max(world.rows.t_dat) - timedelta(days=6)


@pytest.fixture
def judged(world, today, small_config, tmp_path):
    """Average precision per buyer of the week from today on, of a model trained under changed settings."""

    def call(order=None, **settings):
        run = train(world, today, weeks=3, run_dir=tmp_path / "run", config=small_config.model_copy(update=settings))
        lists = recommend_for_evaluation(world, run, today, log=world.log(), order=order)
        return Week(world.log(), today).score(lists).buyers["map_at_12"]

    return call


def test_shuffled_labels_fall_to_chance(world, today, judged):
    full = judged()
    learned = np.array([judged(shuffle_labels=seed) for seed in range(SHUFFLES)])
    random = np.array([judged(order=RandomOrder(world.log(), seed)) for seed in range(SHUFFLES)])
    found = chance(world.log().labels(today).customer, full, learned, random)
    assert not found.is_above
    # The tolerance is narrow enough to see a model that did learn.
    told = chance(world.log().labels(today).customer, full, np.array([full] * SHUFFLES), random)
    assert told.is_above
    assert found.high < told.low


def test_shuffling_leaves_every_customer_as_many_bought_rows(world, today, small_config):
    log, weeks = world.log(), [today - timedelta(days=7)]
    layout = Layout.learn(world, log.articles, weeks, ("popular", "repurchase"))
    data = learning_set(world, log, weeks, layout, small_config)
    mixed = shuffled(data, seed=1)
    start = np.append(0, np.cumsum(data.group_sizes))[:-1]
    np.testing.assert_array_equal(np.add.reduceat(mixed.bought, start), np.add.reduceat(data.bought, start))
    assert 0.3 < (mixed.bought & data.bought).sum() / data.bought.sum() < 0.9
    np.testing.assert_array_equal(shuffled(data, seed=1).bought, mixed.bought)
    np.testing.assert_array_equal(mixed.features, data.features)


def bought_next_week(rows, world):
    """Column of customer_article_features that looks a week ahead."""

    def column(frame):
        as_of = frame.first_date.iloc[0]
        week = rows[(rows.t_dat >= as_of) & (rows.t_dat < as_of + timedelta(days=7))]
        keys = set(zip(world.customer_keys[week.customer_no], world.article_keys[week.article_no], strict=True))
        return [float(pair in keys) for pair in zip(frame.customer_key, frame.article_key, strict=True)]

    return column


def test_a_feature_from_the_future_raises_the_alarm_by_name(make_world, world, today, small_config, tmp_path):
    planted = make_world(extra={"customer_article_features": {"bought_soon": bought_next_week(world.rows, world)}})
    said: list[str] = []
    run = train(planted, today, weeks=3, run_dir=tmp_path / "run", config=small_config, progress=said.append)
    assert run.metrics["gain"]["own.bought_soon"] > MOST_GAIN
    assert run.metrics["alarm"].startswith("feature own.bought_soon carries")
    assert any(line.startswith("ALARM: feature own.bought_soon") for line in said)


def test_honest_features_raise_no_alarm(world, today, small_config, tmp_path):
    said: list[str] = []
    run = train(world, today, weeks=3, run_dir=tmp_path / "run", config=small_config, progress=said.append)
    assert run.metrics["alarm"] == ""
    assert not any("ALARM" in line for line in said)


def test_the_alarm_is_silent_where_there_is_nothing_to_say():
    assert alarm({}) == ""
    assert alarm({"own.n_lines": MOST_GAIN, "rank.popular": 0.1}) == ""


def test_a_random_order_depends_on_ids_and_seed_only(make_world, world, today, judged):
    first, again, other = (judged(order=RandomOrder(world.log(), seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
