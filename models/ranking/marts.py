"""Numbers out of the dbt marts: whatever numeric or boolean columns a mart has, as float32, by index.

The columns are read from the tables' schemas, so a column that dbt adds reaches the ranker without a change here.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from models.interactions import Axis
from models.rows import rows_of

NOT_FEATURES = frozenset({"customer_key", "article_key", "paired_article_key", "category_value", "as_of_date", "is_unknown"})
"""Keys and marks of a row; they say nothing about it."""


class Tables(Protocol):
    """What of `warehouse.hive.catalogue.Catalogue` is needed here."""

    def read(self, table: str, columns: list[str] | None = None, **where: object) -> pa.Table: ...

    def dataset(self, table: str, **where: object) -> ds.Dataset: ...


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type is a feature: integers, floats, decimals and booleans are; dates and texts are not."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)


def feature_columns(schema: pa.Schema) -> list[str]:
    """Names of the columns that are features, in the table's order."""
    return [f.name for f in schema if is_number(f.type) and f.name not in NOT_FEATURES]


def float_column(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """A numeric or boolean column as float32; NaN where null."""
    kind = pa.int8() if pa.types.is_boolean(column.type) else pa.float64()
    return pc.cast(pc.cast(column, kind), pa.float32(), safe=False).to_numpy(zero_copy_only=False)


def float_matrix(table: pa.Table, columns: list[str]) -> np.ndarray:
    """Columns of a table as float32 rows × columns; NaN where null."""
    out = np.empty((table.num_rows, len(columns)), np.float32)
    for i, name in enumerate(columns):
        out[:, i] = float_column(table[name].combine_chunks())
    return out


@dataclass(frozen=True)
class MartPart:
    """Rows of one mart that concern some customers (or all rows): its index columns and its features."""

    table: pa.Table
    columns: list[str]

    @property
    def values(self) -> np.ndarray:
        """float32 rows × features."""
        return float_matrix(self.table, self.columns)

    def index(self, key: str, axis: Axis) -> np.ndarray:
        """A key column as indices of an axis."""
        return axis.index_of_keys(self.table[key].to_numpy())


def read_mart(tables: Tables, mart: str, as_of: date, keys: list[str]) -> MartPart:
    """All rows of a mart's date.

    Raises:
        MissingDataError: the mart or its partition is not there.
    """
    found = tables.dataset(f"marts.{mart}", as_of_date=as_of)
    columns = feature_columns(found.schema)
    return MartPart(found.to_table(columns=keys + columns), columns)


def read_mart_of(tables: Tables, mart: str, as_of: date, keys: list[str], wanted: np.ndarray) -> MartPart:
    """Rows of a mart's date whose `customer_key` is wanted; other rows only pass by, so memory follows what is wanted.

    Args:
        wanted: mask by customer key.
    """
    found = tables.dataset(f"marts.{mart}", as_of_date=as_of)
    columns = feature_columns(found.schema)
    return MartPart(rows_of(found, keys + columns, wanted), columns)
