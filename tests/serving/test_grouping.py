"""Rows per customer and rank become rows per customer, wherever the batches are cut."""

import pyarrow as pa
import pytest

from warehouse.serving.errors import PublicationRefusedError
from warehouse.serving.grouping import customer_rows

ROWS = pa.table(
    {
        "customer_id": ["a", "a", "a", "b", "c", "c"],
        "rank": pa.array([1, 2, 3, 1, 1, 2], pa.int16()),
        "article_id": ["1", "2", "3", "4", "5", "6"],
        "score": pa.array([6, 5, 4, 3, 2, 1], pa.float32()),
        "source": ["x"] * 6,
        "reason": ["why"] * 6,
    }
)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6])
def test_a_customer_cut_by_a_batch_stays_whole(size):
    rows = pa.concat_tables(customer_rows(ROWS.to_batches(max_chunksize=size)))
    assert rows["customer_id"].to_pylist() == ["a", "b", "c"]
    assert rows["article_ids"].to_pylist() == [["1", "2", "3"], ["4"], ["5", "6"]]
    assert rows["scores"].to_pylist() == [[6, 5, 4], [3], [2, 1]]


def test_nothing_in_nothing_out():
    assert list(customer_rows(ROWS.slice(0, 0).to_batches())) == []


@pytest.mark.parametrize(
    "order",
    [
        [1, 0, 2, 3, 4, 5],  # ranks out of order
        [0, 1, 3, 2, 4, 5],  # a customer interrupted by another
        [1, 2, 3, 4, 5],  # rank 1 missing at the very beginning
        [0, 2, 3, 4, 5],  # rank 2 missing
    ],
)
@pytest.mark.parametrize("size", [1, 2, 6])
def test_another_order_is_refused(order, size):
    with pytest.raises(PublicationRefusedError, match="order of customer and rank"):
        list(customer_rows(ROWS.take(order).combine_chunks().to_batches(max_chunksize=size)))
