"""The identity of a run: a hash of who gets what, from the warehouse and from what is published.

`python -m tests.drills.fingerprint HOME` prints it; a process of its own, because chDB opens one store per process.
"""

import hashlib
import os
import sys

import pyarrow as pa
import pyarrow.compute as pc

from infra.settings import Settings, get_settings
from warehouse.hive.catalogue import Catalogue
from warehouse.serving import pointer
from warehouse.serving.store import open_store

_SERVED = """
select customer_id, article_ids, sources
from recommendations
where run = {run:UInt32}
order by customer_id
"""


def recommendations_hash(table: pa.Table) -> str:
    """sha256 of the sorted (customer_id, rank, article_id, source) rows."""
    rows = table.select(["customer_id", "rank", "article_id", "source"]).sort_by(
        [("customer_id", "ascending"), ("rank", "ascending")]
    )
    text = pc.binary_join_element_wise(*(pc.cast(column, pa.string()) for column in rows.columns), "|")
    return hashlib.sha256("\n".join(text.to_pylist()).encode()).hexdigest()


def published_hash(settings: Settings) -> str:
    """sha256 of the served run's customers, articles and sources."""
    with open_store(settings) as client:
        rows = client.query(_SERVED, parameters={"run": pointer.served(client).run}).result_rows
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def main() -> None:
    os.environ["HM_HOME"] = sys.argv[1]
    settings = get_settings()
    catalogue = Catalogue(settings)
    latest = max(catalogue.as_of_dates("recs.recommendations"))
    warehouse = recommendations_hash(catalogue.read("recs.recommendations", as_of_date=latest))
    print(hashlib.sha256(f"{warehouse} {published_hash(settings)}".encode()).hexdigest())


if __name__ == "__main__":
    main()
