"""dbt's own unit tests, which stand beside the models, run and pass; no model that computes something goes without one."""

import json
import re

import pytest
from raw_log import LATE

from spark_jobs.build_features import invoke

COMPUTES = re.compile(
    r"\b(if|case|when|coalesce|nullif|where|having|join|over|group by|sum|min|max|count|explode|stack)\b"
    r"|\{\{(?!\s*(ref|source|config)\b)"
)
"""What can turn out wrong: a branch, a condition, a join, an aggregate, or a macro that may hold one."""

INPUTS = ("intermediate", "marts.core", "customer_category_features")
"""The tables that other models read: dbt takes the types of a unit test's rows from them."""


@pytest.fixture(scope="module")
def built(log, build):
    build([LATE], select=INPUTS)
    return log.settings


@pytest.fixture(scope="module")
def manifest(settings):
    return invoke(settings, ["parse"]).result


def test_every_unit_test_passes(built, manifest):
    result = invoke(built, ["test", "--select", "test_type:unit"])
    assert result.exception is None, result.exception
    ran = {run.node.name: run for run in result.result.results if run.node.resource_type == "unit_test"}
    assert set(ran) == {test.name for test in manifest.unit_tests.values()}
    assert not [f"{name}: {run.message}" for name, run in ran.items() if run.status != "pass"]


def test_a_model_that_computes_has_a_unit_test(manifest):
    tested = {test.model for test in manifest.unit_tests.values()}
    models = {node.name: node.raw_code for node in manifest.nodes.values() if node.resource_type == "model"}
    bare = {name for name, sql in models.items() if not COMPUTES.search(sql)}
    assert set(models) - bare - tested == set()
    assert bare == {"stg_hm__article_keys", "stg_hm__customer_keys", "stg_hm__transactions"}


def test_the_docs_show_every_built_column_with_its_description(built, manifest):
    """A column that a model makes and its yml does not name, or the other way round, would stand bare in the docs."""
    assert invoke(built, ["docs", "generate", "--no-compile"]).success
    catalog = json.loads((built.root / "dbt" / "target" / "catalog.json").read_text())
    shown = {node: list(table["columns"]) for node, table in catalog["nodes"].items()}
    assert len(shown) == 10
    assert shown == {node: list(manifest.nodes[node].columns) for node in shown}
