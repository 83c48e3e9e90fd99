"""From one row per customer and rank to one row per customer, in Arrow, in bounded memory."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.serving.errors import PublicationRefusedError

LISTS = {"article_id": "article_ids", "score": "scores", "source": "sources", "reason": "reasons"}
"""Columns that become arrays, and the arrays' names."""
COLUMNS = ["customer_id", "rank", *LISTS]


def customer_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """One row per customer, its articles as arrays in order of rank.

    Args:
        batches: columns `COLUMNS`; the rows of a customer follow one another with ranks 1, 2, 3, ...

    Raises:
        PublicationRefusedError: the rows are not in that order.
    """
    rest: pa.Table | None = None
    for batch in batches:
        rows = pa.Table.from_batches([batch]).select(COLUMNS)
        rows = (rows if rest is None else pa.concat_tables([rest, rows])).combine_chunks()
        if not rows.num_rows:
            continue
        starts = _starts(rows)
        if len(starts) > 1:
            yield _grouped(rows.slice(0, starts[-1]), starts[:-1])
        # The last customer of a batch may go on in the next one.
        rest = rows.slice(starts[-1])
    if rest is not None:
        yield _grouped(rest.combine_chunks(), np.zeros(1, np.int64))


def _starts(rows: pa.Table) -> np.ndarray:
    """Where each customer begins: at rank 1, provided the order is right."""
    rank = rows["rank"].to_numpy().astype(np.int64)
    customer = rows["customer_id"].combine_chunks()
    same = pc.equal(customer[1:], customer[:-1]).to_numpy(zero_copy_only=False)
    expected = np.where(same, rank[:-1] + 1, 1)
    wrong = np.flatnonzero(rank[1:] != expected)
    if rank[0] != 1 or len(wrong):
        at = 0 if rank[0] != 1 else int(wrong[0]) + 1
        raise PublicationRefusedError(
            f"recs.recommendations is not in order of customer and rank (customer {customer[at]}, rank {rank[at]}); "
            "run `hm recommend` again."
        )
    return np.flatnonzero(rank == 1)


def _grouped(rows: pa.Table, starts: np.ndarray) -> pa.Table:
    offsets = pa.array(np.append(starts, rows.num_rows), pa.int32())
    lists = {plural: pa.ListArray.from_arrays(offsets, rows[name].combine_chunks()) for name, plural in LISTS.items()}
    return pa.table({"customer_id": rows["customer_id"].take(pa.array(starts)), **lists})
