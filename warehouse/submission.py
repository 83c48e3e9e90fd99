"""Kaggle's submission file: one line per customer of customers.csv, 12 articles each."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from infra.errors import UserError
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.grouping import COLUMNS, customer_rows

ARTICLES = 12
BATCH_ROWS = 400_000


class SubmissionError(UserError):
    """The recommendations do not cover every customer with 12 articles."""


def write_submission(catalogue: Catalogue, as_of_date: date, out: Path) -> int:
    """Write `customer_id,prediction` in order of customer_id; returns the number of customers.

    The file appears whole or not at all. Customers that only transactions know (stub rows) are not in customers.csv and so
    not in the file.

    Raises:
        MissingDataError: nothing was recommended as of that date.
        SubmissionError: a customer is missing or has fewer than 12 distinct articles.
    """
    customers = _customers(catalogue)
    dataset = catalogue.dataset("recs.recommendations", as_of_date=as_of_date)
    batches = dataset.to_batches(columns=COLUMNS, batch_size=BATCH_ROWS, batch_readahead=1)
    fresh = out.with_name(out.name + ".new")
    out.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema({"customer_id": pa.string(), "prediction": pa.string()})
    options = csv.WriteOptions(quoting_style="none", include_header=False)
    written = 0
    with fresh.open("wb") as file, csv.CSVWriter(file, schema, write_options=options) as writer:
        file.write(b"customer_id,prediction\n")  # pyarrow would quote the names
        for rows in customer_rows(batches):
            lines = _lines(rows.filter(pc.is_in(rows["customer_id"], value_set=customers)))
            writer.write_table(lines.cast(schema))
            written += lines.num_rows
    if written != len(customers):
        fresh.unlink()
        raise SubmissionError(f"{len(customers) - written:,} customers have no recommendations; run `hm recommend` again.")
    fresh.replace(out)
    return written


def _customers(catalogue: Catalogue) -> pa.Array:
    rows = catalogue.read("marts.dim_customers", ["customer_id", "is_unknown"])
    return rows.filter(pc.invert(rows["is_unknown"]))["customer_id"].combine_chunks()


def _lines(rows: pa.Table) -> pa.Table:
    articles = pc.list_slice(rows["article_ids"], 0, ARTICLES)
    short = pc.sum(pc.less(pc.list_value_length(articles), ARTICLES)).as_py()
    if short:
        raise SubmissionError(f"{short:,} customers have fewer than {ARTICLES} articles; run `hm recommend` again.")
    return pa.table({"customer_id": rows["customer_id"], "prediction": pc.binary_join(articles, " ")})
