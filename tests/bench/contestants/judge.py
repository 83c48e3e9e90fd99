"""Judge lists of any system with the product's evaluator: `python -m tests.bench.contestants.judge DATE FILE.parquet...`.

A file has customer_id, article_id, rank. Prints per file the metrics of the week from the date on, means over its buyers.
"""

import json
import sys
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from infra.settings import get_settings
from models.evaluation.week import Lists, Week
from models.interactions import Interactions
from warehouse.hive.catalogue import Catalogue

METRICS = ("map_at_12", "recall_at_12", "hit_rate_at_12")


def lists(week: Week, file: str) -> Lists:
    """The lists of the week's buyers, by index; an article or customer that the log does not know counts as no hit."""
    buyers = week.log.customers.ids.take(pa.array(week.truth.customer))
    rows = pq.read_table(file, columns=["customer_id", "article_id", "rank"], filters=pc.field("customer_id").isin(buyers))
    customer = pc.index_in(rows["customer_id"], value_set=week.log.customers.ids).to_numpy()
    article = pc.fill_null(pc.index_in(rows["article_id"], value_set=week.log.articles.ids), -1).to_numpy()
    rank = rows["rank"].to_numpy()
    order = np.lexsort((rank, customer))
    score = 1 / rank[order].astype(np.float32)
    return Lists(customer[order].astype(np.int32), article[order].astype(np.int32), rank[order].astype(np.int16), score)


def main() -> None:
    week = Week(Interactions.from_catalogue(Catalogue(get_settings())), date.fromisoformat(sys.argv[1]))
    found = {}
    for file in sys.argv[2:]:
        judged = week.score(lists(week, file))
        found[file] = {name: float(judged.buyers[name].mean()) for name in METRICS} | judged.figures
    print(json.dumps({"buyers": len(week.truth.customer), "found": found}))


if __name__ == "__main__":
    main()
