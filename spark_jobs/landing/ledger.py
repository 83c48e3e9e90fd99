"""What has been landed, and how a landing becomes part of it: all of it at once, or none.

Files are written first, into folders that no table refers to. Then their partitions are registered, raw.landings last: a
landing that is not in raw.landings did not happen, and `open_ledger` takes away what it may have registered.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from infra.settings import Settings
from infra.storage import folders_in, remove
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import Table, raw


@dataclass
class Ledger:
    """The committed landings, and the partitions of the one being made.

    Attributes:
        landing_id: number of the landing being made: 1 + the last committed one, so a killed one's number is used again.
    """

    catalogue: Catalogue
    landing_id: int
    pending: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)

    def days(self) -> set[date]:
        """Every day that some landing brought."""
        return set(_column(self.catalogue, raw.LANDED_DAYS, "t_dat").to_pylist())

    def price_total(self, besides: set[date]) -> Decimal:
        """Sum of the prices that are there, some days left out; of a day landed again the last landing counts."""
        total, replaced = Decimal(0), set(besides)
        partitions = self.catalogue.partitions(raw.TRANSACTIONS.full_name)
        for landing_id in sorted({int(values["landing_id"]) for values in partitions}, reverse=True):
            rows = self.catalogue.dataset(raw.TRANSACTIONS.full_name, landing_id=landing_id)
            counts = ~ds.field("t_dat").isin(pa.array(sorted(replaced), pa.date32()))
            for batch in rows.to_batches(columns=["price"], filter=counts):
                total += pc.sum(batch["price"]).as_py() or 0
            days = self.catalogue.read(raw.LANDED_DAYS.full_name, ["t_dat"], landing_id=landing_id)
            replaced |= set(days["t_dat"].to_pylist())
        return total

    def has(self, table: Table) -> bool:
        """Whether some landing brought rows of a table."""
        return bool(self.catalogue.partitions(table.full_name))

    def folder(self, table: Table) -> str:
        """A fresh folder for this landing's files of a table."""
        version = self.catalogue.new_version(table)
        self.versions.append(version)
        return f"{version}/landing_id={self.landing_id}"

    def add(self, table: Table, folder: str) -> None:
        """Have a folder registered at the commit: as one partition, or as one per `column=value` folder inside it."""
        spec = f"landing_id = {self.landing_id}"
        inner = folders_in(self.catalogue.fs, folder) if len(table.partitioned_by) > 1 else []
        found = [(f"{spec}, {_equation(part.path)}", part.path) for part in inner] or [(spec, folder)]
        self.pending.setdefault(table.full_name, []).extend(found)

    def write(self, table: Table, rows: pa.Table) -> None:
        """Write a small table's rows of this landing, if any, and have them registered at the commit."""
        if not rows.num_rows:
            return
        folder, system = self.folder(table), self.catalogue.fs
        system.create_dir(folder)
        with system.open_output_stream(f"{folder}/part-00000.parquet") as file:
            pq.write_table(rows.cast(table.arrow_schema), file, compression="zstd")
        self.add(table, folder)

    def write_new_keys(self, keys: Table, seen: list[pa.Array]) -> None:
        """Number the ids that have no key yet, in the order of the ids, from the next free number on."""
        known, taken = (_column(self.catalogue, keys, column.name) for column in keys.columns)
        distinct = pc.unique(pa.chunked_array(seen, pa.string()))
        fresh = distinct.filter(pc.invert(pc.is_in(distinct, value_set=known.combine_chunks())))
        fresh = fresh.take(pc.sort_indices(fresh))
        first = (pc.max(taken).as_py() or 0) + 1 if len(taken) else 0  # not their count: a forgotten customer's key is gone
        numbers = pa.array(range(first, first + len(fresh)), pa.int32())
        self.write(keys, pa.table([fresh, numbers], names=keys.column_names))

    def undo(self) -> None:
        """Take back a landing that failed: its partitions, raw.landings first, and its files."""
        for name in reversed(self.registered):
            _drop(self.catalogue, name, self.landing_id)
        for version in self.versions:
            remove(self.catalogue.fs, version)
        _begun(self.catalogue.settings).unlink(missing_ok=True)

    def commit(self, landings: pa.Table) -> None:
        """Make the landing part of what is there. The last statement decides: before it nothing happened."""
        self.write(raw.LANDINGS, landings)
        _begun(self.catalogue.settings).touch()
        for name in sorted(self.pending, key=lambda name: name == raw.LANDINGS.full_name):
            self.registered.append(name)
            locations = [(spec, self.catalogue.location(folder)) for spec, folder in self.pending[name]]
            partitions = " ".join(f"partition ({spec}) location '{location}'" for spec, location in locations)
            self.catalogue.sql(f"alter table {name} add if not exists {partitions}")
        _begun(self.catalogue.settings).unlink()


def _equation(folder: str) -> str:
    """A folder's `column=value` as SQL."""
    column, value = PurePosixPath(folder).name.split("=")
    return f"{column} = '{value}'"


def open_ledger(settings: Settings) -> Ledger:
    """The state of the landings; creates the raw tables and clears what a killed landing left."""
    catalogue = Catalogue(settings)
    catalogue.refresh()
    changed = _create_tables(catalogue)
    committed = _landing_ids(catalogue)
    changed += _drop_uncommitted(catalogue, set(committed))
    if changed:
        catalogue.refresh()
    _begun(settings).unlink(missing_ok=True)
    return Ledger(catalogue, max(committed, default=0) + 1)


def is_half_done(settings: Settings) -> bool:
    """Whether a landing was killed in its commit: tables may show rows of it until `open_ledger`; asks no Spark."""
    return _begun(settings).exists()


def _begun(settings: Settings) -> Path:
    return settings.state_dir / "landing.begun"


def landed_hashes(catalogue: Catalogue) -> dict[str, int]:
    """sha256 of every landed file, with the landing that brought it; asks no Spark."""
    landed = {}
    for landing_id in _landing_ids(catalogue):
        hashes = catalogue.read(raw.LANDINGS.full_name, ["sha256"], landing_id=landing_id)["sha256"].to_pylist()
        landed |= dict.fromkeys(hashes, landing_id)
    return landed


def _landing_ids(catalogue: Catalogue) -> list[int]:
    return sorted(int(values["landing_id"]) for values in catalogue.partitions(raw.LANDINGS.full_name))


def _create_tables(catalogue: Catalogue) -> int:
    missing = [table for table in raw.TABLES if table.full_name not in catalogue.tables()]
    for table in missing:
        catalogue.create(table)
    return len(missing)


def _drop_uncommitted(catalogue: Catalogue, committed: set[int]) -> int:
    dropped = 0
    for table in raw.TABLES:
        left = {int(values["landing_id"]) for values in catalogue.partitions(table.full_name)} - committed
        for landing_id in sorted(left):
            _drop(catalogue, table.full_name, landing_id)
        dropped += len(left)
    return dropped


def _drop(catalogue: Catalogue, table: str, landing_id: int) -> None:
    catalogue.sql(f"alter table {table} drop if exists partition (landing_id = {landing_id})")


def _column(catalogue: Catalogue, table: Table, name: str) -> pa.ChunkedArray:
    if not catalogue.partitions(table.full_name):
        return pa.chunked_array([], table.arrow_schema.field(name).type)
    return catalogue.read(table.full_name, [name])[name]
