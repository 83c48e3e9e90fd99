"""The file of experiments: what is right is read, what is wrong is told with line, field and remedy."""

from datetime import UTC, datetime

import pytest

from warehouse.experiments.definition import EXAMPLE, load, load_configured, named, running
from warehouse.experiments.errors import DefinitionError, UnknownExperimentError

GOOD = """experiments:
  - name: lists
    starts: 2020-09-23
    ends: 2020-10-21
    variants:
      - {name: popular, serves: popular}
      - {name: full, serves: full_system, weight: 3}
    goal: purchases
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "experiments.yml"
        file.write_text(text)
        return file

    return write


def test_the_example_is_valid_and_names_every_field_of_an_experiment():
    lists, layout = load(EXAMPLE)
    assert [v.serves for v in lists.variants] == ["popular", "als", "full_system"]
    assert not layout.decides_lists
    told = set(lists.model_fields_set)
    assert set(type(lists).model_fields) - told <= {"control"}


def test_a_day_is_its_first_moment_in_utc_and_the_first_variant_is_the_control(written):
    found = load(written(GOOD))[0]
    assert (found.starts, found.control, found.salt) == (datetime(2020, 9, 23, tzinfo=UTC), "popular", "lists")
    assert running([found], datetime(2020, 9, 23, tzinfo=UTC)) == [found]
    assert running([found], datetime(2020, 10, 21, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("goal: purchases", "goal: profit", 8, "goal: 'profit' is not a metric; use one of conversion"),
        ("goal: purchases", "gaol: purchases", 8, "gaol: it is no field of this file"),
        ("serves: popular}", "serves: best}", 6, "serves: use one of full_system, popular, user_based, als, or run:N"),
        ("ends: 2020-10-21", "ends: 2020-09-01", 2, "ends must be after starts"),
        ("name: full", "name: popular", 2, "two variants have the same name"),
        ("    starts: 2020-09-23\n", "", 2, "starts: it must be given"),
        (", weight: 3}", ", weight: 0}", 7, "weight: Input should be greater than or equal to 1"),
        ("{name: popular, serves: popular}", "{name: popular}", 2, "either every variant has `serves` or none"),
        ("goal: purchases", "goal: purchases\n    traffic: [5000, 4000]", 9, "must be two buckets"),
        ("goal: purchases", "goal: purchases\n    control: old", 2, "control 'old' is not a variant; use one of"),
    ],
)
def test_a_mistake_is_told_with_line_field_and_remedy(written, old, new, line, says):
    file = written(GOOD.replace(old, new))
    with pytest.raises(DefinitionError) as error:
        load(file)
    assert str(error.value).startswith(f"{file}: ")
    assert f"line {line}, " in str(error.value)
    assert says in str(error.value)


def test_a_file_that_is_no_yaml_or_not_there_is_told(written, tmp_path):
    with pytest.raises(DefinitionError, match=r"is not YAML.*line 2"):
        load(written("experiments: [\n"))
    with pytest.raises(DefinitionError, match="cannot be read"):
        load(tmp_path / "none.yml")


def test_two_experiments_of_one_layer_never_share_a_customer(written):
    second = GOOD.replace("experiments:\n", "").replace("name: lists", "name: second")
    with pytest.raises(DefinitionError, match="same customers of layer lists"):
        load(written(GOOD + second))
    apart = second.replace("goal: purchases", "goal: purchases\n    traffic: [5000, 10000]")
    halved = GOOD.replace("goal: purchases", "goal: purchases\n    traffic: [0, 5000]")
    assert len(load(written(halved + apart))) == 2


def test_one_list_is_not_decided_by_two_layers(written):
    second = GOOD.replace("experiments:\n", "").replace("name: lists", "name: second\n    layer: other")
    with pytest.raises(DefinitionError, match="both decide what list is served"):
        load(written(GOOD + second))


def test_no_file_means_no_experiment_unless_it_was_named(settings, tmp_path):
    home = settings.model_copy(update={"home": tmp_path})
    assert load_configured(home) == []
    with pytest.raises(DefinitionError, match="cannot be read"):
        load_configured(home.model_copy(update={"experiments": str(tmp_path / "mine.yml")}))


def test_an_unknown_experiment_is_told_with_those_there_are():
    with pytest.raises(UnknownExperimentError, match="there are lists, layout"):
        named(load(EXAMPLE), "list")
