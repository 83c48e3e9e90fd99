"""Tuning: resumable, within its budget, blind to the weeks that are judged, and its result is what the ranker reads."""

import json
from datetime import timedelta

import numpy as np
import pytest

from models.evaluation.week import Week
from models.ranking import train
from models.ranking.config import RankerConfig, RankerConfigError, read_settings
from models.recommend import recommend_for_evaluation
from models.tune import Tuning, TuningWeek, finished, told, write


@pytest.fixture
def begin(world):
    """Where the judged week begins."""
    return max(world.rows.t_dat) - timedelta(days=6)


@pytest.fixture
def tuning(world, begin, small_config, tmp_path):
    """A search in a world on the two weeks before the judged one."""

    def make(in_world=world, name="study"):
        log = in_world.log()
        days = [begin - timedelta(days=7 * k) for k in (1, 2)]
        opened = [TuningWeek.open(in_world, log, day, 2, small_config) for day in days]
        return Tuning(opened, small_config, tmp_path / "tune.db", name)

    return make


def values(study):
    return [(t.number, t.state.name, t.value) for t in study.trials]


def test_the_first_trial_is_the_settings_as_they_are(tuning, small_config):
    study = tuning().search(1, 5, lambda _: None)
    assert study.trials[0].params == {name: getattr(small_config, name) for name in study.trials[0].params}


def test_a_search_goes_on_where_it_stopped_and_ends_at_its_trials(tuning):
    first = values(tuning().search(2, 5, lambda _: None))
    again = tuning().search(3, 5, lambda _: None)
    assert values(again)[:2] == first
    assert finished(again) == 3
    assert values(tuning().search(3, 5, lambda _: None)) == values(again)


def test_without_minutes_one_trial_is_all_and_then_none(tuning):
    assert finished(tuning().search(50, 0, lambda _: None)) == 1
    assert finished(tuning().search(50, 0, lambda _: None)) == 1


def test_what_is_bought_in_the_judged_weeks_does_not_reach_a_trial(make_world, world, begin, tuning):
    late = world.rows.t_dat >= begin
    changed = world.rows.assign(article_no=np.where(late, 1, world.rows.article_no))
    assert late.sum() > 50
    one, other = (tuning(w, n).search(2, 5, lambda _: None) for w, n in ((world, "a"), (make_world(changed), "b")))
    assert values(one) == values(other)


def test_a_trial_scores_as_a_run_of_its_settings_is_judged(world, begin, tuning, small_config, tmp_path):
    day = begin - timedelta(days=7)
    run = train(world, day, weeks=2, run_dir=tmp_path / "run", config=small_config)
    lists = recommend_for_evaluation(world, run, day, log=world.log())
    expected = Week(world.log(), day).score(lists).buyers["map_at_12"]
    np.testing.assert_allclose(tuning().weeks[0].score(small_config), expected)


def test_the_result_says_where_it_comes_from_and_the_ranker_reads_it(tuning, small_config, tmp_path):
    search = tuning()
    study = search.search(2, 5, lambda _: None)
    result = told(study, {"log": {"first_day": "2020-07-01"}, "weeks": ["2020-09-09"]})
    file = tmp_path / "config" / "tuned.json"
    write(file, result)
    back = json.loads(file.read_text())
    assert [t["trial"] for t in back["history"]] == [0, 1]
    assert {"log", "weeks", "trials", "best_map_at_12", "versions", "seed"} <= set(back["provenance"])
    assert RankerConfig(**read_settings(str(file))).n_trees == study.best_params["n_trees"]
    assert search.against_base(small_config)["difference"] == 0


def test_a_file_without_settings_is_one_sentence(tmp_path):
    assert read_settings("") == {}
    wrong = tmp_path / "other.json"
    for text in ('{"config": {"n_tree": 3}}', "{}", "no"):
        wrong.write_text(text)
        with pytest.raises(RankerConfigError, match="HM_RANKER_CONFIG"):
            read_settings(str(wrong))
    with pytest.raises(RankerConfigError, match="hm tune"):
        read_settings(str(tmp_path / "nothing.json"))
