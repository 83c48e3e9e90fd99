"""What stands in Parquet files just written, asked of the files themselves: an account that the writer had no part in."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds


def parts(folder: str) -> list[str]:
    """The Parquet files of a written folder and of its partitions, sorted."""
    return sorted(str(path) for path in Path(folder).rglob("*.parquet"))


def n_rows(folder: str) -> int:
    """Rows by the files' own footers."""
    files = parts(folder)
    return ds.dataset(files, format="parquet").count_rows() if files else 0


def distinct(folder: str, column: str) -> pa.Array:
    """Distinct values of a column, file by file, so that memory holds one file's column and the distinct values."""
    found = pa.array([], pa.string())
    for file in parts(folder):
        values = ds.dataset(file, format="parquet").to_table(columns=[column])[column]
        found = pc.unique(pa.chunked_array([found, pc.unique(values)]))
    return found


def rows_per_day(folder: str) -> pa.Table:
    """t_dat and n_rows, ascending by day."""
    days = ds.dataset(parts(folder), format="parquet").to_table(columns=["t_dat"])
    counts = days.group_by("t_dat").aggregate([([], "count_all")]).rename_columns(["t_dat", "n_rows"])
    return counts.sort_by("t_dat")
