"""A Hive table as a value: name, typed and described columns, partition columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

_ARROW = {
    "string": pa.string(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "decimal(18,9)": pa.decimal128(18, 9),
    "decimal(12,4)": pa.decimal128(12, 4),
    "array<string>": pa.list_(pa.string()),
}


def arrow_schema(types: Mapping[str, str]) -> pa.Schema:
    """Schema of a table's files from its columns' Hive types."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in types.items()])


@dataclass(frozen=True)
class Column:
    """One column; `type` is the Hive (and Spark SQL) type, `comment` what Trino shows beside it."""

    name: str
    type: str
    comment: str

    @property
    def ddl(self) -> str:
        comment = self.comment.replace("'", "\\'")
        return f"`{self.name}` {self.type} comment '{comment}'"


@dataclass(frozen=True)
class Table:
    """One Parquet table of the Hive metastore.

    Attributes:
        database: Hive database.
        name: table name inside it.
        comment: one sentence, grain first.
        columns: columns of the files, in order.
        partitioned_by: partition columns, in order; they live in the path and the metastore, not in the files.
    """

    database: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    partitioned_by: tuple[Column, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.database}.{self.name}"

    @property
    def column_names(self) -> list[str]:
        return [c.name for c in self.columns]

    @property
    def create_ddl(self) -> str:
        """`create table if not exists`, empty: tables are never born by CTAS, so a killed first write blocks nothing."""
        columns = ",\n  ".join(c.ddl for c in (*self.columns, *self.partitioned_by))
        partitions = ", ".join(f"`{c.name}`" for c in self.partitioned_by)
        clause = f"\npartitioned by ({partitions})" if partitions else ""
        comment = self.comment.replace("'", "\\'")
        return f"create table if not exists {self.full_name} (\n  {columns}\n) using parquet{clause}\ncomment '{comment}'"

    @property
    def arrow_schema(self) -> pa.Schema:
        """Schema of the files (partition columns are not in them)."""
        return arrow_schema({c.name: c.type for c in self.columns})
