"""What was judged, buyer by buyer: one small Parquet file per run and week, so that no comparison judges or trains again."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models.candidates.base import Marts
from models.evaluation.week import SEGMENTS, Scores, Week
from models.interactions import Axis

SEGMENT_COLUMNS = ("activity", "rfm", "age", "channel")
"""Ways of dividing the buyers, all by what was known before the week."""
NO_PURCHASE, UNKNOWN = "no purchase yet", "unknown"


def buyer_rows(week: Week, marts: Marts, scores: Scores) -> pa.Table:
    """One row per buyer of a week, ascending by customer_id.

    Columns: week, customer_id, n_bought (distinct articles), average_precision (at 12, set truth), and the buyer's segments.

    Raises:
        MissingDataError: a mart of the week is not there.
    """
    buyers, truth = pa.array(week.truth.customer), week.truth
    customers = week.log.customers
    ids = customers.ids.take(buyers)
    columns = {
        "week": pa.repeat(pa.scalar(week.as_of, pa.date32()), len(ids)),
        "customer_id": ids,
        "n_bought": truth.n_articles.astype(np.int32),
        "average_precision": scores.buyers["map_at_12"],
        "activity": pa.array(np.array(SEGMENTS)[week.segment], pa.string()),
        "rfm": _of_mart(marts.read("customer_rfm", ["customer_key", "segment"]), customers, buyers),
        "age": _age(customers, buyers),
        "channel": _channel(marts.read("customer_features", ["customer_key", "online_share"]), customers, buyers),
    }
    return pa.table(columns)


def _of_mart(mart: pa.Table, customers: Axis, buyers: pa.Array) -> pa.Array:
    """The text of a (customer_key, text) table per buyer; a customer without a row had bought nothing."""
    index = pa.array(customers.index_of_keys(mart["customer_key"].to_numpy()))
    at = pc.index_in(buyers, value_set=index)
    return pc.fill_null(mart.column(1).combine_chunks().take(at), NO_PURCHASE)


def _age(customers: Axis, buyers: pa.Array) -> pa.Array:
    if "age_bin" not in customers.attributes.column_names:
        return pa.repeat(UNKNOWN, len(buyers))
    return pc.fill_null(customers.attributes["age_bin"].combine_chunks().take(buyers), UNKNOWN)


def _channel(mart: pa.Table, customers: Axis, buyers: pa.Array) -> pa.Array:
    """Where most of a buyer's lines were bought before the week."""
    online = pc.fill_null(pc.greater(mart["online_share"], 0.5), False)
    text = pc.if_else(online, "online", "store")
    return _of_mart(pa.table({"customer_key": mart["customer_key"], "channel": text}), customers, buyers)


def write_rows(file: Path, rows: pa.Table) -> None:
    """Write the rows of one run and week; the file appears whole or not at all."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    pq.write_table(rows, fresh, compression="zstd")
    fresh.replace(file)


def read_rows(file: Path) -> pa.Table:
    """The rows back."""
    return pq.read_table(file)
