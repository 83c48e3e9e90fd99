"""Keeping house: how long the files of a replaced version stay, and what a killed writer leaves."""

import os
import time
from pathlib import Path

import pyarrow as pa
import pytest

from infra.settings import Settings
from warehouse.hive.catalogue import SWEEP_GRACE_S, Catalogue
from warehouse.schemas import raw

TABLE = raw.CUSTOMER_KEYS


def rows(key: int) -> pa.Table:
    return pa.table([["a" * 64], [key]], TABLE.arrow_schema)


@pytest.fixture
def catalogue(fresh_warehouse: Settings) -> Catalogue:
    return Catalogue(fresh_warehouse)


def version(catalogue: Catalogue, landing_id: int) -> Path:
    return Path(catalogue.files(TABLE.full_name, landing_id=landing_id)[0]).parents[1]


def age(folder: Path) -> None:
    """Let a folder be as old as the grace."""
    then = time.time() - SWEEP_GRACE_S - 60
    os.utime(folder, (then, then))


def test_a_version_is_kept_for_the_grace_from_its_replacement_on_however_old_it_is(catalogue: Catalogue):
    catalogue.write(TABLE, {"landing_id": 1}, [rows(1)])
    catalogue.write(TABLE, {"landing_id": 2}, [rows(2)])
    old, kept = version(catalogue, 1), version(catalogue, 2)
    reader = catalogue.dataset(TABLE.full_name, landing_id=1)
    age(old)
    age(kept)
    catalogue.write(TABLE, {"landing_id": 1}, [rows(3)])
    catalogue.refresh()

    assert catalogue.sweep() == 0
    assert reader.to_table()["customer_key"].to_pylist() == [1]

    age(old)
    catalogue.refresh()  # it fell out before: its time goes on
    assert catalogue.sweep() == 1
    assert not old.exists()
    assert catalogue.read(TABLE.full_name, landing_id=2)["customer_key"].to_pylist() == [2]


def test_the_version_of_a_dropped_partition_has_its_grace_too(catalogue: Catalogue):
    catalogue.write(TABLE, {"landing_id": 1}, [rows(1)])
    folder = version(catalogue, 1)
    age(folder)
    catalogue.sql(f"alter table {TABLE.full_name} drop partition (landing_id = 1)")
    folder.mkdir(parents=True, exist_ok=True)  # where the metastore removes a dropped partition's files itself
    age(folder)
    catalogue.refresh()
    assert catalogue.sweep() == 0
    age(folder)
    assert catalogue.sweep() == 1


def test_the_folder_of_a_killed_writer_goes_when_it_is_old(catalogue: Catalogue):
    catalogue.write(TABLE, {"landing_id": 1}, [rows(1)])
    left = Path(catalogue.new_version(TABLE))
    (left / "landing_id=1").mkdir(parents=True)
    catalogue.refresh()
    assert catalogue.sweep() == 0
    age(left)
    catalogue.refresh()
    assert catalogue.sweep() == 1
    assert not left.exists()
