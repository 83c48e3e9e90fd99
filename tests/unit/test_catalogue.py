"""The catalogue without Spark: what it says, and in which order it writes."""

from types import SimpleNamespace

import pytest

from warehouse.hive.catalogue import Catalogue, MissingDataError


@pytest.fixture
def settings(tmp_path):
    return SimpleNamespace(state_dir=tmp_path / "state", warehouse_dir=tmp_path / "warehouse")


def test_a_table_that_is_not_there_names_the_command_that_makes_it(settings):
    with pytest.raises(MissingDataError, match=r"marts\.nothing is not there; .*`hm run FOLDER` makes it"):
        Catalogue(settings).files("marts.nothing")
