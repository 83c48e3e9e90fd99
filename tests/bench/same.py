"""Are two tables the same rows? Column by column, so that a mart of any size needs the memory of two of its columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

TOLERANCE = 1e-6
"""Share by which two fractional values may differ, and the difference below one: engines round a last bit their own way."""


@dataclass(frozen=True)
class Verdict:
    """What a comparison found.

    Attributes:
        rows: of the first table.
        faults: one sentence per difference; none where the tables are the same.
    """

    rows: int
    faults: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.faults


def compare(one: Sequence[str | Path], other: Sequence[str | Path], keys: Sequence[str]) -> Verdict:
    """Compare two tables of Parquet files row by row: integers and texts exactly, fractions to 1e-6.

    Args:
        keys: columns that name a row; rows are brought into their order.
    """
    left, right = (ds.dataset([str(file) for file in files], format="parquet") for files in (one, other))
    rows, n_other = left.count_rows(), right.count_rows()
    if rows != n_other:
        return Verdict(rows, (f"{rows:,} rows against {n_other:,}",))
    if set(left.schema.names) != set(right.schema.names):
        odd = sorted(set(left.schema.names) ^ set(right.schema.names))
        return Verdict(rows, (f"columns that one side has not: {', '.join(odd)}",))
    orders = [_order(side, keys) for side in (left, right)]
    columns = [*keys, *(name for name in left.schema.names if name not in keys)]
    found = (
        _difference(name, *(_column(side, name, order) for side, order in zip((left, right), orders, strict=True)))
        for name in columns
    )
    return Verdict(rows, tuple(fault for fault in found if fault))


def _order(side: ds.Dataset, keys: Sequence[str]) -> pa.Array:
    return pc.sort_indices(side.to_table(columns=list(keys)), sort_keys=[(key, "ascending") for key in keys])


def _column(side: ds.Dataset, name: str, order: pa.Array) -> pa.Array:
    column = side.to_table(columns=[name]).column(0).combine_chunks()
    return column.take(order)


def _difference(name: str, left: pa.Array, right: pa.Array) -> str | None:
    """What differs in a column, with the first place; None where nothing does."""
    blank = left.is_null().to_numpy(zero_copy_only=False), right.is_null().to_numpy(zero_copy_only=False)
    differs = blank[0] != blank[1]
    known = ~(blank[0] | blank[1])
    differs[known] = _unequal(left.filter(pa.array(known)), right.filter(pa.array(known)))
    if not differs.any():
        return None
    at = int(np.argmax(differs))
    return f"{name}: {int(differs.sum()):,} rows differ, the first {left[at].as_py()!r} against {right[at].as_py()!r}"


def _unequal(left: pa.Array, right: pa.Array) -> np.ndarray:
    if pa.types.is_floating(left.type) or pa.types.is_floating(right.type):
        a, b = (np.asarray(side.cast(pa.float64())) for side in (left, right))
        near = np.abs(a - b) <= TOLERANCE * np.maximum(1, np.maximum(np.abs(a), np.abs(b)))
        return ~(near | (np.isnan(a) & np.isnan(b)))
    return np.asarray(pc.not_equal(left, right.cast(left.type)))
