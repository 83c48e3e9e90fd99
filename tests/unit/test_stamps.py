from types import SimpleNamespace

import pytest

from warehouse.stamps import Stamps, code_stamp


@pytest.fixture
def stamps(tmp_path):
    return Stamps(SimpleNamespace(state_dir=tmp_path / "state"))


def test_a_step_stands_only_with_the_very_parts_it_was_finished_with(stamps):
    parts = {"input": "a", "code": "1"}
    assert not stamps.stands("build", parts)
    stamps.set("build", parts, {"rows": 3})
    assert stamps.stands("build", parts)
    assert stamps.result("build") == {"rows": 3}
    assert not stamps.stands("build", parts | {"code": "2"})


def test_why_names_the_parts_that_changed(stamps):
    assert stamps.changed("build", {"code": "1"}) == ["never done"]
    stamps.set("build", {"code": "1", "input": "a", "gone": 0})
    assert stamps.changed("build", {"code": "2", "input": "a", "new": 1}) == ["code", "gone", "new"]


def test_a_code_stamp_follows_the_text_and_ignores_what_dbt_leaves_behind(tmp_path):
    (tmp_path / "a.sql").write_text("select 1")
    first = code_stamp([tmp_path])
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "a.sql").write_text("compiled")
    assert code_stamp([tmp_path]) == first
    (tmp_path / "a.sql").write_text("select 2")
    assert code_stamp([tmp_path]) != first
