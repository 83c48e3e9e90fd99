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


class _Metastore:
    """What `refresh` asks Spark for: databases with their folders, in each a table and a view."""

    def __init__(self, folders: dict[str, str]):
        self.folders = folders
        self._jsparkSession = SimpleNamespace(sharedState=lambda: SimpleNamespace(externalCatalog=lambda: self))

    def sql(self, statement: str):
        database = statement.rpartition(" in ")[2]
        tables = [(database, "t"), (database, "a_view")]
        return SimpleNamespace(collect=lambda: [(name,) for name in self.folders] if "databases" in statement else tables)

    def getDatabase(self, name: str):
        return SimpleNamespace(locationUri=lambda: SimpleNamespace(toString=lambda: self.folders[name]))

    def getTable(self, database: str, name: str):
        kind = "VIEW" if name == "a_view" else "MANAGED"
        location = SimpleNamespace(toString=lambda: f"{self.folders[database]}/{name}")
        return SimpleNamespace(
            tableType=lambda: SimpleNamespace(name=lambda: kind),
            partitionColumnNames=lambda: SimpleNamespace(size=lambda: 0),
            dataSchema=lambda: SimpleNamespace(json=lambda: json.dumps({"fields": []})),
            location=lambda: location,
        )


def test_of_a_shared_metastore_only_the_databases_in_the_warehouse_are_written_down_and_no_view(settings, monkeypatch):
    settings.warehouse_dir = settings.warehouse_dir / "a folder"
    mine, others = f"file:{settings.warehouse_dir}".replace(" ", "%20"), f"file:{settings.warehouse_dir.parent}"
    folders = {
        "marts": f"{mine}/marts.db",
        "default": mine,
        "theirs": f"{others}/theirs.db",
        "dev_ada": f"{mine}/dev_ada.db",
    }
    monkeypatch.setattr(catalogue, "spark_session", lambda _: _Metastore(folders))
    Catalogue(settings).refresh()
    tables = Catalogue(settings).tables()
    assert set(tables) == {"marts.t", "dev_ada.t"}
    assert tables["marts.t"]["location"] == f"{settings.warehouse_dir}/marts.db/t"
