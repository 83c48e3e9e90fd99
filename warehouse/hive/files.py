"""What stands in Parquet files, asked of the files themselves: an account that whoever wrote them had no part in."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyarrow.fs import FileSystem


def n_rows(system: FileSystem, files: list[str]) -> int:
    """Rows by the files' own footers."""
    return ds.dataset(files, format="parquet", filesystem=system).count_rows() if files else 0


def distinct(system: FileSystem, files: Iterable[str], column: str) -> pa.Array:
    """Distinct values of a string column; memory holds one file's column and the distinct values, whatever the files."""
    found = pa.array([], pa.string())
    for file in files:
        values = ds.dataset(file, format="parquet", filesystem=system).to_table(columns=[column])[column]
        found = pc.unique(pa.chunked_array([found, pc.unique(values)]))
    return found
