"""hm experiment: what a person types, and what programs get."""

import json

import pytest
from typer.testing import CliRunner

from hm.cli import app
from infra.errors import UserError
from warehouse.experiments.definition import EXAMPLE
from warehouse.experiments.page import SIMULATED


@pytest.fixture
def hm(settings, store):
    """Runs a command on the test process's store; the file of experiments is gone afterwards."""

    def call(*args):
        return CliRunner().invoke(app, ["experiment", *args])

    yield call
    settings.experiments_file.unlink(missing_ok=True)


def test_without_a_file_the_list_says_what_to_copy_where(hm, settings):
    said = hm("list").output
    assert str(EXAMPLE) in said.replace("\n", "")
    assert "experiments.yml" in said


def test_the_list_is_read_from_the_state_folder(hm, settings):
    settings.experiments_file.write_text(EXAMPLE.read_text())
    assert [one["name"] for one in json.loads(hm("list", "--json").output)] == ["lists", "layout"]
    assert "full_system" in hm("list").output


def test_a_report_without_data_ends_with_2_and_writes_the_page_all_the_same(hm, settings, tmp_path):
    settings.experiments_file.write_text(EXAMPLE.read_text())
    page = tmp_path / "page.html"
    done = hm("report", "lists", "--looks", "2", "--out", str(page))
    assert done.exit_code == 2
    assert "No verdict: data: nobody was shown popular, als, full" in done.output.replace("\n", " ")
    assert "No verdict" in page.read_text()


def test_what_is_simulated_is_said_before_anything_else(hm, settings, store):
    settings.experiments_file.write_text(EXAMPLE.read_text())
    names = ["exposure_id", "experiment", "variant", "customer_id", "at", "run", "request_id", "is_simulated"]
    store.command(
        f"insert into exposures ({', '.join(names)}) "
        "values ('1', 'lists', 'full', 'c', toDateTime64('2020-09-24', 3, 'UTC'), 1, '', true)"
    )
    assert hm("report", "lists", "--looks", "2").output.startswith(SIMULATED)
    assert json.loads(hm("report", "lists", "--looks", "2", "--json").output)["is_simulated"] is True
    told = json.loads(hm("list", "--json").output)[0]["exposed"]
    assert told["simulated"]["customers"] == 1


def test_an_unknown_name_is_told_with_those_there_are(hm, settings):
    settings.experiments_file.write_text(EXAMPLE.read_text())
    done = hm("report", "list")
    assert isinstance(done.exception, UserError)
    assert "there are lists, layout" in str(done.exception)


def test_a_second_crowd_does_not_mix_with_the_first(hm, settings, store):
    settings.experiments_file.write_text(EXAMPLE.read_text())
    store.command(
        "insert into exposures (exposure_id, experiment, variant, customer_id, at, is_simulated) "
        "values ('1', 'lists', 'full', 'c', toDateTime64('2020-09-24', 3, 'UTC'), true)"
    )
    done = hm("simulate", "lists")
    assert "--fresh removes them first" in str(done.exception)
