"""A published run as a file for other tools: a row per customer and place, with names and reasons."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from clickhouse_connect.driver.client import Client

from infra.errors import UserError
from warehouse.serving import pointer
from warehouse.serving.runs import runs

CUSTOMERS_PER_READ = 20_000
"""Customers in memory at once; with 12 articles each 240,000 rows."""

_ROWS = """
with page as (
    select customer_id, article_ids, scores, reasons
    from recommendations
    where run = {run:UInt32} and customer_id > {after:String}
    order by customer_id
    limit {customers:UInt32}
)
select listed.customer_id as customer_id, toUInt16(listed.place) as rank, listed.article_id as article_id,
    listed.score as score, listed.reason as reason, prod_name, product_type_name, colour_group_name, department_name
from (
    select customer_id, place, article_ids[place] as article_id, scores[place] as score, reasons[place] as reason
    from page
    array join range(1, least(length(article_ids), {n:UInt32}) + 1) as place
) as listed
left join (select * from articles where run = {run:UInt32}) as named on named.article_id = listed.article_id
order by customer_id, rank
"""


class ExportError(UserError):
    """The run or the kind of file cannot be had."""


def export(client: Client, out: Path, *, run: int | None = None, n: int = 12) -> tuple[int, int]:
    """Write a run's lists, the served one's by default; a file that is there is replaced when all is written.

    Columns: run, as_of_date, customer_id, rank, article_id, score, reason, prod_name, product_type_name, colour_group_name,
    department_name. Customers with an own list only: whoever has none is answered by what is popular.

    Args:
        out: a file that ends in .parquet or .csv.
        n: articles per customer at most.

    Returns:
        The run, and the rows written.

    Raises:
        ExportError: another ending, or the run is not in the store.
        NothingPublishedError: before the first publication.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise ExportError(f"{out} must end in .parquet or .csv.")
    wanted = pointer.served(client).run if run is None else run
    known = {found.run: found for found in runs(client) if found.is_kept}
    if wanted not in known:
        raise ExportError(f"Run {wanted} is not in the store; choose one of: {', '.join(map(str, sorted(known)))}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    part, rows = out.with_name(f".{out.name}.part"), 0
    try:
        pages = _pages(client, wanted, known[wanted].as_of_date, n)
        first = next(pages)
        with _writer(part, out.suffix, first.schema) as writer:
            for page in chain([first], pages):
                writer.write_table(page)
                rows += page.num_rows
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return wanted, rows


def _writer(file: Path, suffix: str, schema: pa.Schema) -> pq.ParquetWriter | pcsv.CSVWriter:
    return pq.ParquetWriter(file, schema, compression="zstd") if suffix == ".parquet" else pcsv.CSVWriter(file, schema)


def _pages(client: Client, run: int, as_of_date: object, n: int) -> Iterator[pa.Table]:
    """The rows, in order of customer and rank; one page at least, which may be empty."""
    after, is_first = "", True
    while True:
        given = {"run": run, "after": after, "n": n, "customers": CUSTOMERS_PER_READ}
        rows = client.query_arrow(_ROWS, parameters=given, use_strings=True)
        if not rows.num_rows and not is_first:
            return
        size = rows.num_rows
        yield rows.add_column(0, "as_of_date", pa.repeat(pa.scalar(as_of_date, pa.date32()), size)).add_column(
            0, "run", pa.repeat(pa.scalar(run, pa.uint32()), size)
        )
        if not size:
            return
        after, is_first = rows["customer_id"][-1].as_py(), False
