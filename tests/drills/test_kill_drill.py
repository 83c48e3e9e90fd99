"""Three of the kills of `make kill-drill`, spread over the chain."""

import json

import pytest

from tests.drills.kill_drill import Undisturbed, drill


@pytest.mark.timeout(1800)
def test_a_killed_chain_run_again_ends_in_the_recommendations_of_an_undisturbed_run(calm_chain: Undisturbed):
    kills = drill(calm_chain, 3, seed=11)
    assert len(kills) == 3
    assert [k.verdict for k in kills if not k.same] == []
    assert any(k.during != "after the end" for k in kills)


def test_no_feature_of_an_honest_chain_raises_the_alarm(calm_chain):
    told = [json.loads(file.read_text())["metrics"] for file in calm_chain.home.glob("*/runs/*/run.json")]
    assert told
    assert [metrics["alarm"] for metrics in told] == [""] * len(told)
