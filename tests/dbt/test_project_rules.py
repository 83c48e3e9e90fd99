"""Rules of the dbt project, read from its manifest: what is described, tested, named and found where."""

import re
from pathlib import Path

import pytest

from infra.settings import REPO
from spark_jobs.build_features import invoke
from warehouse.gates.publication import DRIFTING

PROJECT = REPO / "dbt_project"
PREFIXES = {"staging": ("stg_hm__",), "intermediate": ("int_",), "core": ("dim_", "fct_")}
IDENTITIES = {"adds_up", "adds_up_to_landed", "affinities_add_up"}
IDENTITIES |= {"overall_agrees_with_articles", "pairs_agree_with_baskets"}
"""Generic tests that hold a model's numbers against the rows they were made from."""
HARD_CODED = re.compile(r"\b(from|join)\s+(`?\w+`?\.`?\w+`?)(?!\s*\()", re.IGNORECASE)


@pytest.fixture(scope="module")
def manifest(settings):
    result = invoke(settings, ["parse", "--no-partial-parse"])
    assert result.success, result.exception
    return result.result


@pytest.fixture(scope="module")
def models(manifest):
    return {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}


@pytest.fixture(scope="module")
def tests_of(manifest, models):
    """{model: names of its generic tests}."""
    found = {name: set() for name in models}
    for node in manifest.nodes.values():
        if node.resource_type == "test":
            found[manifest.nodes[node.attached_node].name].add(node.test_metadata.name)
    return found


def test_every_model_and_every_column_is_described(models):
    bare = [name for name, node in models.items() if not node.description.strip()]
    bare += [f"{name}.{c.name}" for name, node in models.items() for c in node.columns.values() if not c.description.strip()]
    assert not bare
    assert all(node.columns for node in models.values())


def test_every_source_generic_test_and_exposure_is_described(manifest):
    sources = [s for s in manifest.sources.values() if not (s.description.strip() and s.source_description.strip())]
    exposures = [e for e in manifest.exposures.values() if not e.description.strip()]
    assert not sources
    assert not exposures
    for file in (PROJECT / "tests" / "generic").glob("*.sql"):
        assert file.read_text().startswith("{#-"), f"{file.name} does not say what it tests"


def test_every_macro_says_what_it_is_for_in_its_file():
    for file in (PROJECT / "macros").rglob("*.sql"):
        assert file.read_text().startswith("{#-"), f"{file.name} starts without a comment"


def test_names_say_the_layer(models):
    for name, node in models.items():
        layer = next((part for part in reversed(node.fqn[:-1]) if part in PREFIXES), None)
        if layer:
            assert name.startswith(PREFIXES[layer]), f"{name} in {layer}"
        else:
            assert node.fqn[1:3] == ["marts", "recs"], f"{name} is in no layer: {node.fqn}"
            assert not name.startswith(tuple(prefix for prefixes in PREFIXES.values() for prefix in prefixes))


def test_every_model_has_its_yml_beside_it_and_no_yml_is_alone(models):
    for name, node in models.items():
        beside = Path(node.original_file_path).with_suffix(".yml")
        assert (node.patch_path or "").removeprefix("hm://") == str(beside), name
    for file in (PROJECT / "models").rglob("*.yml"):
        assert file.name.startswith("_") or file.with_suffix(".sql").is_file(), f"{file} describes no model"


def test_every_table_has_a_key_test(models, tests_of):
    tables = {name for name, node in models.items() if node.config.materialized != "ephemeral"}
    assert {name for name in tables if "unique_key" not in tests_of[name]} == set()


def test_every_mart_with_keys_is_held_to_its_dimensions(models, manifest):
    for name, node in models.items():
        keys = {column for column in node.columns if column.endswith("_key")}
        if node.fqn[1] != "marts" or name.startswith("dim_"):
            continue
        held = [
            set(test.test_metadata.kwargs["dimensions"])
            for test in manifest.nodes.values()
            if test.resource_type == "test"
            and test.test_metadata.name == "known_keys"
            and test.attached_node == node.unique_id
        ]
        assert held == [keys], name


def test_every_number_adds_up_to_the_rows_it_was_made_from(models, tests_of):
    """Dimensions count nothing, and the table of days holds weights of days, not sums."""
    tables = {name for name, node in models.items() if node.config.materialized != "ephemeral"}
    without = {name for name in tables if not tests_of[name] & IDENTITIES}
    assert without == {"dim_articles", "dim_customers", "int_as_of_days"}


def test_no_relation_is_written_by_hand(models):
    for file in (*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "tests").rglob("*.sql")):
        text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|--[^\n]*", " ", file.read_text(), flags=re.DOTALL)
        assert not HARD_CODED.search(text), f"{file}: {HARD_CODED.search(text).group()}"


def test_sources_are_read_by_staging_alone(models, manifest):
    for name, node in models.items():
        read = [source for source in node.depends_on.nodes if source in manifest.sources]
        assert not read or node.fqn[1] == "staging", name


def test_only_staging_is_ephemeral_and_no_table_is_dropped_before_it_is_rebuilt(models):
    for name, node in models.items():
        assert node.config.materialized == ("ephemeral" if node.fqn[1] == "staging" else "versioned"), name


BY_OTHERS = {"fct_transactions": "t_month", "int_as_of_days": "as_of_date", "int_as_of_customers": "as_of_date"}
"""Tables that are laid out as another layer's."""


def test_partitions_follow_the_layer(models):
    for name, node in models.items():
        layer = node.fqn[2 if node.fqn[1] == "marts" else 1]
        wanted = {"staging": None, "intermediate": "t_month", "core": None, "recs": "as_of_date"}[layer]
        wanted = BY_OTHERS.get(name, wanted)
        assert node.config.extra.get("partition_by") == wanted, name


def test_every_as_of_mart_sees_days_through_the_as_of_rule(models):
    """The one table that knows which days a date may see; a mart that joins a fact without it would look ahead."""
    for name, node in models.items():
        if node.fqn[1:3] == ["marts", "recs"]:
            assert "model.hm.int_as_of_days" in node.depends_on.nodes, name


def test_what_is_compared_between_dates_holds_everyone_at_each_of_them(models):
    """A mart that holds the buyers of a week at one date and everyone at the next would drift by that alone."""
    of_buyers = {name for name, node in models.items() if "model.hm.int_as_of_customers" in node.depends_on.nodes}
    assert of_buyers == {"customer_features", "customer_article_features", "customer_category_features"}
    assert not of_buyers & {table.removeprefix("marts.") for table in DRIFTING}


def test_exposures_name_their_reader_and_their_marts(manifest, models):
    used = set()
    for exposure in manifest.exposures.values():
        read = {manifest.nodes[node].name for node in exposure.depends_on.nodes}
        assert read and all(models[name].fqn[1] == "marts" for name in read), exposure.name
        used |= read
        for folder in re.findall(r"\b(?:models|warehouse)/\w+", exposure.description):
            assert (REPO / folder).is_dir(), f"{exposure.name} names {folder}"
    recs = {name for name, node in models.items() if node.fqn[1:3] == ["marts", "recs"]}
    assert recs <= used, f"nobody reads {recs - used}"
