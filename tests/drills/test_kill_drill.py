"""Three of the kills of `make kill-drill`, spread over the chain."""

import pytest

from tests.drills.kill_drill import drill


@pytest.mark.timeout(1800)
def test_a_killed_chain_run_again_ends_in_the_recommendations_of_an_undisturbed_run(tmp_path):
    kills = drill(3, seed=11, work=tmp_path)
    assert len(kills) == 3
    assert [k.verdict for k in kills if not k.same] == []
    assert any(k.during != "after the end" for k in kills)
