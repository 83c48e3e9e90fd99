"""Parquet files again without some of their rows: group by group, so memory holds one row group, in the layout they had."""

from collections.abc import Callable, Iterator
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import FileSystem

Change = Callable[[pa.Table], pa.Table]


def count(system: FileSystem, files: list[str], is_theirs: pc.Expression) -> int:
    """Rows of files for which a condition holds."""
    return ds.dataset(files, format="parquet", filesystem=system).count_rows(filter=is_theirs) if files else 0


def groups(source: IO[bytes], columns: list[str] | None = None) -> Iterator[pa.Table]:
    """The row groups of a file, one after another."""
    parquet = pq.ParquetFile(source)
    for group in range(parquet.num_row_groups):
        yield parquet.read_row_group(group, columns=columns)


def without(is_theirs: pc.Expression) -> Change:
    """Drops the rows for which a condition holds."""
    return lambda rows: rows.filter(~is_theirs)


def rewrite(source: IO[bytes], target: IO[bytes], change: Change) -> int:
    """Write a file's rows as `change` leaves them; returns how many those are."""
    parquet, rows = pq.ParquetFile(source), 0
    codec = parquet.metadata.row_group(0).column(0).compression if parquet.num_row_groups else "ZSTD"
    # Spark writes short decimals as whole numbers; what it wrote stays as it reads fastest.
    how = {"compression": "NONE" if codec == "UNCOMPRESSED" else codec, "store_decimal_as_integer": True}
    with pq.ParquetWriter(target, parquet.schema_arrow, **how) as writer:
        for changed in map(change, groups(source)):
            if changed.num_rows:
                writer.write_table(changed, row_group_size=changed.num_rows)
                rows += changed.num_rows
    return rows
