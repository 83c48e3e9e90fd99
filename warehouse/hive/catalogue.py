"""Where the tables' files are, by the metastore's word, and how a partition is replaced whole.

Every write goes to a fresh folder `<table>/versions/<version>/...` and becomes visible by one change of the partition's
location in the metastore: a reader sees the old rows or the new ones, never part of either, and a killed writer leaves only
a folder nobody refers to (`sweep` removes it).

Whoever changed a table leaves a snapshot of the metastore's locations behind: readers of bulk data (`read`, `dataset`) use
that and need no JVM. The embedded metastore (Derby) is open to one process at a time and could not be asked by several.
"""

import json
import os
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from infra.errors import UserError
from infra.settings import Settings
from infra.spark import spark_session
from infra.storage import file_system, files_below, folders_in, path_of, remove
from warehouse.schemas import Table
from warehouse.schemas.table import arrow_schema

SWEEP_GRACE_S = 3600
"""A version is kept this long after it was replaced: readers that listed it before finish in peace."""

REPLACED = "_replaced"
"""Empty file that begins a replaced version's grace; engines pass over names that begin so."""

DAYS = "intermediate.int_as_of_days"
"""Every as-of mart sees days only through this table, so a date that is built is there."""


class MissingDataError(UserError):
    """A table or partition that was asked for is not there; the message names the command that makes it."""


class Catalogue:
    """Tables of one environment, read through Arrow and written partition by partition."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._snapshot_file = settings.state_dir / "catalogue.json"

    @cached_property
    def fs(self) -> fs.FileSystem:
        """The tables' file system."""
        return file_system(self.settings)

    # -- reading ------------------------------------------------------------------------------------------------------

    def tables(self) -> dict[str, dict]:
        """`{full name: {location, columns, partitioned_by, partitions: [{values, location}]}}` as last written down."""
        try:
            return json.loads(self._snapshot_file.read_text())
        except FileNotFoundError:
            return {}

    def partitions(self, table: str) -> list[dict[str, str]]:
        """Partition values of a table, sorted; `[]` where the table is absent, `[{}]` where it has no partitions."""
        entry = self.tables().get(table)
        if entry is None:
            return []
        return sorted((p["values"] for p in entry["partitions"]), key=lambda values: list(values.values()))

    def as_of_dates(self, table: str) -> list[date]:
        """The as-of dates a table holds, ascending."""
        return [date.fromisoformat(values["as_of_date"]) for values in self.partitions(table)]

    def files(self, table: str, **where: object) -> list[str]:
        """Parquet files of the partitions whose values equal `where`, sorted; `[]` where it was built and came out empty.

        Raises:
            MissingDataError: no such table or partition.
        """
        entry = self.tables().get(table)
        wanted = {name: str(value) for name, value in where.items()}
        found = [
            p["location"]
            for p in (entry or {"partitions": []})["partitions"]
            if all(p["values"].get(name) == value for name, value in wanted.items())
        ]
        if not found and not (entry and self._came_out_empty(table, wanted)):
            what = f"{table} {wanted}" if wanted else table
            raise MissingDataError(f"{what} is not there; `hm status` shows what is, `hm run FOLDER` makes it.")
        return sorted(file for folder in found for file in files_below(self.fs, folder))

    def dataset(self, table: str, **where: object) -> ds.Dataset:
        """The files as an Arrow dataset: filtered, projected reads without Spark. Partition columns are not in it.

        Raises:
            MissingDataError: no such table or partition.
        """
        files = self.files(table, **where)
        if files:
            return ds.dataset(files, format="parquet", filesystem=self.fs)
        return ds.dataset(arrow_schema(self.tables()[table]["columns"]).empty_table())

    def _came_out_empty(self, table: str, wanted: dict[str, str]) -> bool:
        """Whether a mart's date was built and held no row: then it has no partition, but its table of days has one."""
        return table.startswith("marts.") and any(wanted == values for values in self.partitions(DAYS))

    def read(self, table: str, columns: list[str] | None = None, **where: object) -> pa.Table:
        """Rows of a table, or of the partitions whose values equal `where`, without the partition columns."""
        return self.dataset(table, **where).to_table(columns=columns)

    # -- writing ------------------------------------------------------------------------------------------------------

    def sql(self, statement: str) -> list:
        """One statement to the engine that owns the metastore; rows as tuples."""
        return spark_session(self.settings).sql(statement).collect()

    def create(self, table: Table) -> None:
        """Create database and table, empty, where they are not there."""
        self.sql(f"create database if not exists {table.database}")
        self.sql(table.create_ddl)

    def new_version(self, table: Table) -> str:
        """A fresh folder for files of a table, as a path; nobody sees it until `set_partition`."""
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        base = self.settings.warehouse_dir / f"{table.database}.db" / table.name
        return str(base / "versions" / f"{stamp}-{uuid.uuid4().hex[:8]}")

    def location(self, path: str) -> str:
        """A path of the file system as the metastore and Spark write it."""
        return f"{self.settings.file_system_uri}{path}"

    def set_partition(self, table: Table, values: dict[str, object], path: str) -> None:
        """Make a folder the content of a partition, at once; the partition is added where it is new."""
        location = self.location(path)
        spec = ", ".join(f"{name} = '{value}'" for name, value in values.items())
        self.sql(f"alter table {table.full_name} add if not exists partition ({spec}) location '{location}'")
        self.sql(f"alter table {table.full_name} partition ({spec}) set location '{location}'")

    def write(
        self, table: Table, values: dict[str, object], batches: Iterable[pa.RecordBatch | pa.Table], *, refresh: bool = True
    ) -> int:
        """Replace one partition by the rows of an iterator, streamed; returns the rows written.

        The rows must come in the table's columns and types (`table.arrow_schema`). The metastore is asked for when all of
        them are on disk, and waited for without a limit. Who writes many partitions refreshes once, at the end.
        """
        if table.full_name not in self.tables():
            # Before its folder: Spark refuses to create a managed table where files lie already.
            self.create(table)
        folder = "/".join([self.new_version(table), *(f"{name}={value}" for name, value in values.items())])
        self.fs.create_dir(folder)
        rows = 0
        with (
            self.fs.open_output_stream(f"{folder}/part-00000.parquet") as file,
            pq.ParquetWriter(file, table.arrow_schema, compression="zstd") as writer,
        ):
            for batch in batches:
                chunk = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
                writer.write_table(chunk.select(table.column_names).cast(table.arrow_schema))
                rows += chunk.num_rows
        # The rows may have taken an hour and are on disk: an interactive holder of the metastore may take its time.
        spark_session(self.settings, without_limit=True)
        self.set_partition(table, values, folder)
        if refresh:
            self.refresh()
        return rows

    # -- keeping house ------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Write down the locations as the metastore has them now; whoever changed a table calls it."""
        spark = spark_session(self.settings)
        catalog = spark._jsparkSession.sharedState().externalCatalog()
        snapshot: dict[str, dict] = {}
        for database in self._databases(spark, catalog):
            for name in sorted(row[1] for row in spark.sql(f"show tables in {database}").collect()):
                if entry := _describe(spark, catalog, database, name):
                    snapshot[f"{database}.{name}"] = entry
        for replaced in _versions(self.tables()) - _versions(snapshot):
            # The metastore removes what a dropped managed table holds.
            if self.fs.get_file_info(replaced).type == fs.FileType.Directory:
                self.fs.open_output_stream(f"{replaced}/{REPLACED}").close()
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        fresh = self._snapshot_file.with_suffix(".new")
        fresh.write_text(json.dumps(snapshot, indent=1))
        os.replace(fresh, self._snapshot_file)

    def _databases(self, spark, catalog) -> list[str]:
        """Those whose folder lies in this warehouse; a metastore that is shared has others' too."""
        found = sorted(row[0] for row in spark.sql("show databases").collect())
        folders = {name: path_of(catalog.getDatabase(name).locationUri().toString()) for name in found}
        inside = f"{self.settings.warehouse_dir}/"
        return [name for name, folder in folders.items() if os.path.normpath(folder).startswith(inside)]

    def sweep(self, grace_s: float = SWEEP_GRACE_S) -> int:
        """Remove version folders that no partition refers to, for the grace or longer; returns how many.

        A folder's own time says since when: `refresh` adds a file where a version was replaced, else it is the writer's.
        """
        used = _versions(self.tables())
        old = datetime.now(UTC) - timedelta(seconds=grace_s)
        databases = [d for d in folders_in(self.fs, str(self.settings.warehouse_dir)) if d.path.endswith(".db")]
        tables = [table for database in databases for table in folders_in(self.fs, database.path)]
        versions = [version for table in tables for version in folders_in(self.fs, f"{table.path}/versions")]
        swept = [version.path for version in versions if version.mtime <= old and version.path not in used]
        for path in swept:
            remove(self.fs, path)
        return len(swept)


def _versions(tables: dict[str, dict]) -> set[str]:
    """The version folders that partitions refer to."""
    locations = [PurePosixPath(p["location"]) for entry in tables.values() for p in entry["partitions"]]
    return {str(folder) for path in locations for folder in (path, *path.parents) if folder.parent.name == "versions"}


def _describe(spark, catalog, database: str, name: str) -> dict | None:
    """A table's place, columns and partitions; None for a view, which has no files."""
    table = catalog.getTable(database, name)
    if table.tableType().name() == "VIEW":
        return None
    columns = list(table.partitionColumnNames().mkString(",").split(",")) if table.partitionColumnNames().size() else []
    entry = {
        "location": path_of(table.location().toString()),
        "columns": {field["name"]: _hive_type(field["type"]) for field in json.loads(table.dataSchema().json())["fields"]},
        "partitioned_by": columns,
    }
    if not columns:
        return {**entry, "partitions": [{"values": {}, "location": entry["location"]}]}
    found = catalog.listPartitions(database, name, spark._jvm.scala.Option.empty())
    partitions = []
    for i in range(found.size()):
        part = found.apply(i)
        values = {c: part.spec().apply(c) for c in columns}
        partitions.append({"values": values, "location": path_of(part.location().toString())})
    return {**entry, "partitions": partitions}


def _hive_type(kind: str | dict) -> str:
    """Hive's word for a type as Spark writes it in JSON."""
    if isinstance(kind, dict):
        return f"array<{_hive_type(kind['elementType'])}>"
    return {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint"}.get(kind, kind)
