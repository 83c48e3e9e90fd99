"""Names of marts and columns are the same in the sources and in dbt."""

import pytest
import yaml

from infra.settings import REPO
from models.candidates.marts import COLUMNS


@pytest.mark.parametrize("mart", COLUMNS)
def test_the_columns_that_sources_read_are_those_of_the_mart(mart):
    (model,) = yaml.safe_load((REPO / "dbt_project/models/marts/recs" / f"{mart}.yml").read_text())["models"]
    assert model["name"] == mart
    assert set(COLUMNS[mart]) <= {column["name"] for column in model["columns"]}
