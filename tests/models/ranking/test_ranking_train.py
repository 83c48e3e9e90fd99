"""Training: the same bytes from the same rows, nothing from after the date, and a run that says what it is."""

import json
from datetime import timedelta

import numpy as np
import pytest

from models.candidates.base import blocks_of
from models.candidates.stored import StoredCandidates
from models.ranking import FeatureMismatchError, MissingRunError, NothingToLearnError, RankerConfig, load_run, train
from models.ranking.layout import Layout
from models.ranking.learning_set import labelled_week, learning_set
from models.ranking.sampling import Sampler
from models.ranking.train import TooFewArticlesError

WEEKS = 3


@pytest.fixture
def today(world):
    return max(world.rows.t_dat) - timedelta(days=6)


@pytest.fixture
def trained(small_config, tmp_path):
    """Train in a world; the folder's name is the run's id."""

    def run(world, as_of, name="run", **config):
        return train(world, as_of, weeks=WEEKS, run_dir=tmp_path / name, config=small_config.model_copy(update=config))

    return run


def files_of(folder):
    return {f.name: f.read_bytes() for f in sorted(folder.iterdir())}


def models_of(run):
    return {name: booster.model_to_string() for name, booster in run.boosters.items()}


def test_training_twice_gives_the_same_bytes(world, today, trained, tmp_path):
    trained(world, today)
    before = files_of(tmp_path / "run")
    trained(world, today)
    assert files_of(tmp_path / "run") == before
    assert {"run.json", "binary-1.txt", "lambdarank-1.txt"} == set(before)


def test_join_keys_row_order_and_threads_do_not_reach_the_models(make_world, world, today, trained):
    reordered = make_world(world.rows.sample(frac=1, random_state=3), shuffle=9)
    expected = models_of(trained(world, today))
    assert models_of(trained(reordered, today)) == expected
    assert strip(models_of(trained(world, today, num_threads=1))) == strip(expected)


def test_the_blocks_in_which_a_week_is_read_do_not_reach_the_models(world, today, trained, monkeypatch):
    whole = models_of(trained(world, today))
    monkeypatch.setattr("models.ranking.learning_set.blocks_of", lambda customers: blocks_of(customers, 5))
    assert models_of(trained(world, today)) == whole


def strip(models):
    """Without LightGBM's own note of the number of threads."""
    return {n: [line for line in text.splitlines() if "num_threads" not in line] for n, text in models.items()}


def test_what_is_bought_from_the_date_on_does_not_reach_the_models(make_world, world, today, trained):
    late = world.rows.t_dat >= today
    assert late.sum() > 50
    changed = world.rows.assign(article_no=np.where(late, 1, world.rows.article_no))
    assert models_of(trained(make_world(changed), today)) == models_of(trained(world, today))


def test_labels_are_the_seven_days_from_the_week_on(world, today):
    log = world.log().before(today)
    everyone = Sampler.of(log, 1.0)
    week = labelled_week(world, log, today - timedelta(days=14), ("popular", "repurchase"), RankerConfig(), everyone)
    rows = world.rows[(world.rows.t_dat >= week.week) & (world.rows.t_dat < week.week + timedelta(days=7))]
    truth = set(zip(rows.customer_no, rows.article_no, strict=True))
    asked = zip(week.proposals.customer.tolist(), week.proposals.article.tolist(), strict=True)
    assert week.bought.tolist() == [pair in truth for pair in asked]
    # Who bought none of the candidates teaches no order.
    assert set(week.proposals.customer) == set(week.proposals.customer[week.bought])
    stored = StoredCandidates.open(world, log, week.week).of(log.labels(week.week).customer)
    assert set(week.proposals.customer) < set().union(*(block.customer for block in stored.values()))
    assert 0 < week.bought.sum() < len(week.bought)


def test_the_draw_keeps_what_was_bought_and_looks_at_nothing_but_ids(world, today):
    log = world.log()
    week = labelled_week(
        world, log, today - timedelta(days=7), ("popular", "repurchase"), RankerConfig(), Sampler.of(log, 1.0)
    )
    sampler = Sampler.of(log, 0.5)
    kept = sampler.rows(week.proposals, week.bought, week.week)
    assert kept[week.bought].all()
    assert 0.35 < kept[~week.bought].mean() < 0.65
    # Whether a row is drawn as "not bought" is the same whatever the labels of all rows are.
    blind = sampler.rows(week.proposals, np.zeros(len(kept), bool), week.week)
    np.testing.assert_array_equal(kept, blind | week.bought)


def test_learning_rows_stay_under_the_limit_by_leaving_customers_out(world, today):
    log, weeks = world.log(), [today - timedelta(days=7 * k) for k in range(1, 4)]
    layout = Layout.learn(world, log.articles, weeks, ("popular", "repurchase"))
    full, cut = (learning_set(world, log, weeks, layout, RankerConfig(negative_share=1, max_rows=n)) for n in (10**6, 300))
    assert len(full.bought) > 600 > len(cut.bought) > 100
    assert set(cut.group_sizes) <= set(full.group_sizes)


def test_a_week_that_teaches_nothing_is_left_out_and_the_others_stand(make_world, world, today):
    age = np.array([(today - d).days for d in world.rows.t_dat])
    odd = make_world(world.rows[(age <= 7) | (age > 21)])
    log, weeks = odd.log(), [today - timedelta(days=7 * k) for k in range(1, 5)]
    layout = Layout.learn(odd, log.articles, weeks, ("popular", "repurchase"))
    data = learning_set(odd, log, weeks, layout, RankerConfig())
    alone = learning_set(odd, log, [weeks[0], weeks[3]], layout, RankerConfig())
    assert [c["learning_rows"] > 0 for c in data.counts] == [True, False, False, True]
    np.testing.assert_array_equal(data.features, alone.features)


def test_the_run_says_what_it_was_trained_on(world, today, small_config, tmp_path):
    train(world, today, weeks=2, run_dir=tmp_path / "r1", config=small_config, stamps={"code": "abc"}, code_version="v1")
    told = json.loads((tmp_path / "r1" / "run.json").read_text())
    assert (told["run_id"], told["as_of_date"]) == ("r1", str(today))
    assert told["weeks"] == [str(today - timedelta(days=d)) for d in (7, 14)]
    assert (told["stamps"], told["code_version"], told["config"]["n_trees"]) == ({"code": "abc"}, "v1", 5)
    assert told["features"][:2] == ["rank.popular", "rank.repurchase"]
    assert sum(told["metrics"]["gain"].values()) == pytest.approx(1, abs=1e-3)
    assert [w["week"] for w in told["metrics"]["weeks"]] == told["weeks"]


def test_a_run_read_back_is_the_run_that_was_trained(world, today, trained, tmp_path):
    run = trained(world, today)
    back = load_run(tmp_path / "run")
    assert back.to_json() == run.to_json()
    assert back.layout == run.layout
    matrix = np.random.default_rng(0).random((50, len(run.features)))
    for name, booster in run.boosters.items():
        np.testing.assert_array_equal(booster.predict(matrix), back.boosters[name].predict(matrix))


def test_features_that_are_not_those_of_the_run_are_refused_by_name(world, today, trained):
    run = trained(world, today)
    with pytest.raises(FeatureMismatchError, match=r"missing now: own\.n_lines; new: own\.shelf"):
        run.check_features(tuple("own.shelf" if n == "own.n_lines" else n for n in run.features))


def test_no_run_where_one_is_asked_for_is_one_sentence(tmp_path):
    with pytest.raises(MissingRunError, match="hm train"):
        load_run(tmp_path / "nothing")


def test_weeks_in_which_nobody_bought_a_candidate_teach_nothing(make_world, world, today, small_config, tmp_path):
    # In the one label week only an article sells that was never sold before.
    rows = world.rows[world.rows.t_dat < today]
    rows = rows.assign(article_no=np.where(rows.t_dat >= today - timedelta(days=7), 29, rows.article_no))
    with pytest.raises(NothingToLearnError, match="land more weeks"):
        train(make_world(rows), today, weeks=1, run_dir=tmp_path / "run", config=small_config)


def test_a_log_with_fewer_articles_than_a_list_shows_is_refused(world, make_world, today, tmp_path, small_config):
    few = make_world(world.rows[world.rows.article_no < 11])
    with pytest.raises(TooFewArticlesError, match="11 articles"):
        train(few, today, weeks=1, run_dir=tmp_path / "run", config=small_config)


def test_candidates_ranked_deep_by_every_source_are_left_out(world, today):
    sources, log, week = ("popular", "repurchase"), world.log(), today - timedelta(days=7)
    config, sampler = RankerConfig(), Sampler.of(log, 1.0)
    settings = (config, config.model_copy(update={"deepest_rank": 2}))
    everything, near = (labelled_week(world, log, week, sources, told, sampler).proposals for told in settings)
    kept = np.fmin.reduce(everything.rank, axis=1) <= 2
    pairs = set(zip(everything.customer[kept].tolist(), everything.article[kept].tolist(), strict=True))
    assert 0 < kept.sum() < len(kept)
    assert set(zip(near.customer.tolist(), near.article.tolist(), strict=True)) <= pairs
