"""Rows of some customers out of files sorted by customer: groups of rows that hold none of them are passed over."""

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

CUSTOMER_KEY = "customer_key"


def rows_of(found: ds.Dataset, columns: list[str], wanted: np.ndarray) -> pa.Table:
    """Rows whose `customer_key` is wanted; other rows only pass by, so memory follows what is wanted.

    Args:
        columns: to be read, `customer_key` among them.
        wanted: mask by customer key.
    """
    passing = near_wanted(found, wanted).to_batches(columns=columns)
    kept = [batch.filter(pa.array(wanted[batch[CUSTOMER_KEY].to_numpy()])) for batch in passing]
    schema = pa.schema([found.schema.field(name) for name in columns])
    return pa.Table.from_batches([batch.select(columns) for batch in kept], schema)


def near_wanted(found: ds.Dataset, wanted: np.ndarray) -> ds.Dataset:
    """The row groups that may hold a wanted customer: blocks of customers ask for neighbouring keys."""
    if not isinstance(found, ds.FileSystemDataset):
        return found
    n_below = np.concatenate([[0], np.cumsum(wanted)])

    def holds(group: ds.RowGroupInfo) -> bool:
        keys = (group.statistics or {}).get(CUSTOMER_KEY)
        if keys is None:
            return True
        first, end = np.minimum([keys["min"], keys["max"] + 1], len(wanted))
        return bool(n_below[end] > n_below[first])

    near = [(part, [group.id for group in part.row_groups if holds(group)]) for part in found.get_fragments()]
    fragments = [part.subset(row_group_ids=ids) for part, ids in near if ids]
    return ds.FileSystemDataset(fragments, found.schema, found.format, found.filesystem)
