"""Stored candidates are read for some customers at a time, and come to the same as all at once."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from models.build_candidates import build_candidates
from models.candidates.base import blocks_of
from models.candidates.stored import StoredCandidates
from models.rows import near_wanted, rows_of

SOURCES = ["popular", "repurchase"]
BLOCK = 7


class OnDisk:
    """Writes what `build_candidates` makes as the catalogue does: one group of rows per batch."""

    def __init__(self, folder):
        self.file = folder / "part-00000.parquet"

    def write(self, table, values, batches):
        with pq.ParquetWriter(self.file, table.arrow_schema) as writer:
            for batch in batches:
                writer.write_table(pa.Table.from_batches([batch]))
        return pq.read_metadata(self.file).num_rows

    def dataset(self, table, as_of_date: date):
        return ds.dataset(self.file)


@pytest.fixture
def stored(shop, make_context, tmp_path, monkeypatch):
    """A week's candidates in groups of seven customers, and the week's buyers."""
    log = shop.log(seed=4)
    week = log.next_day - timedelta(days=7)
    context = make_context(log, week)
    disk = OnDisk(tmp_path)
    monkeypatch.setattr("models.build_candidates.CatalogueMarts", lambda *_: context.marts)
    monkeypatch.setattr("models.build_candidates.blocks_of", lambda customers: blocks_of(customers, BLOCK))
    build_candidates(disk, [week], SOURCES, log=log)
    return StoredCandidates.open(disk, log, week), log.labels(week).customer


def test_blocks_of_customers_add_up_to_all_of_them(stored):
    candidates, buyers = stored
    assert len(buyers) > 3 * BLOCK
    whole = candidates.of(buyers)
    assert list(whole) == list(candidates.sources) == SOURCES
    for name, block in whole.items():
        parts = [candidates.of(some).get(name) for some in blocks_of(buyers, 5)]
        for field in ("customer", "article", "rank", "score"):
            together = np.concatenate([getattr(part, field) for part in parts if part is not None])
            np.testing.assert_array_equal(together, getattr(block, field))


def test_only_the_groups_of_rows_near_the_wanted_customers_are_read(tmp_path):
    rows = pa.table({"customer_key": np.arange(40, dtype=np.int32), "score": np.arange(40, dtype=np.float32)})
    pq.write_table(rows, tmp_path / "rows.parquet", row_group_size=10)
    found, wanted = ds.dataset(tmp_path / "rows.parquet"), np.zeros(40, bool)
    wanted[[3, 35]] = True
    near = [group.id for part in near_wanted(found, wanted).get_fragments() for group in part.row_groups]
    assert near == [0, 3]
    assert rows_of(found, ["customer_key", "score"], wanted)["score"].to_pylist() == [3.0, 35.0]


def test_nobody_asked_for_is_nothing_found(stored):
    candidates, buyers = stored
    assert candidates.of(buyers[:0]) == {}
    assert {len(block) for block in candidates.everyones(buyers[:0]).values()} == {0}
