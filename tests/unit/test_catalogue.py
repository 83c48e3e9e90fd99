"""The catalogue without Spark: what it says, and in which order it writes."""

import json
from types import SimpleNamespace

import pyarrow as pa
import pytest

from warehouse.hive import catalogue
from warehouse.hive.catalogue import Catalogue, MissingDataError
from warehouse.schemas import raw


@pytest.fixture
def settings(tmp_path):
    return SimpleNamespace(
        state_dir=tmp_path / "state", warehouse_dir=tmp_path / "warehouse", storage="disk", file_system_uri=""
    )


def test_a_table_that_is_not_there_names_the_command_that_makes_it(settings):
    with pytest.raises(MissingDataError, match=r"marts\.nothing is not there; .*`hm run FOLDER` makes it"):
        Catalogue(settings).files("marts.nothing")


def test_rows_are_on_disk_before_the_metastore_is_waited_for_and_then_without_a_limit(settings, monkeypatch):
    asked = []

    def spark_session(_, without_limit: bool = False):
        files = [file.stat().st_size for file in settings.warehouse_dir.rglob("*.parquet")]
        asked.append((without_limit, len(files), all(files)))
        return SimpleNamespace(sql=lambda statement: SimpleNamespace(collect=list))

    settings.state_dir.mkdir()
    settings.state_dir.joinpath("catalogue.json").write_text(json.dumps({raw.CUSTOMER_KEYS.full_name: {}}))
    monkeypatch.setattr(catalogue, "spark_session", spark_session)
    monkeypatch.setattr(Catalogue, "refresh", lambda self: None)

    def rows():
        assert asked == []
        yield pa.table([["a" * 64], [0]], raw.CUSTOMER_KEYS.arrow_schema)

    assert Catalogue(settings).write(raw.CUSTOMER_KEYS, {"landing_id": 1}, rows()) == 1
    assert asked[0] == (True, 1, True)
