"""What must hold in the finished recommendations of an as-of date; Arrow aggregates, no Spark."""

from datetime import date
from functools import reduce

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.quality.suites import Suite, expectation
from warehouse.schemas import recs

N_SHOWN = 12
_IS_SHOWN = ds.field("rank") <= N_SHOWN
_NEVER_MISSING = ("customer_id", "article_id", "score", "source", "reason")


def suites(settings: Settings, as_of_date: date) -> list[Suite]:
    """The suites of one as-of date's recommendations.

    Raises:
        warehouse.hive.catalogue.MissingDataError: the date has none.
    """
    catalogue = Catalogue(settings)
    rows = catalogue.dataset(recs.RECOMMENDATIONS.full_name, as_of_date=as_of_date)
    shown = rows.to_table(columns=["customer_key", "article_key", "rank"], filter=_IS_SHOWN)
    return [
        Suite("list of a customer", [lists(shown)], _lists()),
        Suite("all lists", [figures(catalogue, rows, shown, as_of_date)], _figures(as_of_date)),
    ]


def lists(shown: pa.Table) -> pd.DataFrame:
    """One row per customer: ranks shown, the ends of their numbering, distinct articles."""
    ranks = [("rank", "count"), ("rank", "count_distinct"), ("rank", "min"), ("rank", "max")]
    by_customer = shown.group_by("customer_key").aggregate(ranks).sort_by("customer_key").to_pandas()
    # A customer and an article in one integer: sorting 16 million of them is cheaper than a distinct count per group.
    pairs = shown["customer_key"].to_numpy().astype(np.int64) << 32 | shown["article_key"].to_numpy()
    _, n_articles = np.unique(np.unique(pairs) >> 32, return_counts=True)
    return by_customer.assign(n_articles=n_articles)


def figures(catalogue: Catalogue, rows: ds.Dataset, shown: pa.Table, as_of_date: date) -> pd.DataFrame:
    """One row of counts, each of which must be 0."""
    customers, articles = (pc.unique(shown[key]) for key in ("customer_key", "article_key"))
    known = catalogue.read("marts.dim_customers", ["customer_key", "customer_id"])
    sold = catalogue.read("marts.dim_articles", ["article_key", "article_id"])
    is_missing = reduce(lambda one, other: one | other, (ds.field(name).is_null() for name in _NEVER_MISSING))
    counts = {
        "customers_left_out": _n_not_in(known["customer_key"], customers),
        "customers_unknown": _n_not_in(customers, known["customer_key"]),
        "articles_unknown": _n_not_in(articles, sold["article_key"]),
        "articles_not_sold": _n_not_in(articles, _sold_before(catalogue, as_of_date)),
        "rows_not_whole": rows.count_rows(filter=_IS_SHOWN & is_missing),
        "customer_ids_wrong": _n_wrong(rows, known, ds.field("rank") == 1),
        "article_ids_wrong": _n_wrong(rows, sold, _IS_SHOWN),
    }
    return pd.DataFrame([counts])


def _n_not_in(values: pa.Array | pa.ChunkedArray, others: pa.Array | pa.ChunkedArray) -> int:
    return len(values) - (pc.sum(pc.is_in(values, value_set=others)).as_py() or 0)


def _sold_before(catalogue: Catalogue, day: date) -> pa.Array:
    found = pa.array([], pa.int32())
    bought = catalogue.dataset("marts.fct_transactions")
    for batch in bought.to_batches(columns=["article_key"], filter=ds.field("t_dat") < day):
        found = pc.unique(pa.chunked_array([found, batch["article_key"]]))
    return found


def _n_wrong(rows: ds.Dataset, dimension: pa.Table, which: ds.Expression) -> int:
    """Distinct (key, id) pairs of the lists that are not the dimension's."""
    columns = dimension.column_names
    batches = rows.to_batches(columns=columns, filter=which)
    distinct = [pa.table(batch).group_by(columns).aggregate([]) for batch in batches]
    pairs = pa.concat_tables([dimension.slice(0, 0), *distinct]).group_by(columns).aggregate([])
    return pairs.join(dimension, keys=columns, join_type="left anti").num_rows


def _lists() -> list:
    exactly = {"value_set": [N_SHOWN]}
    return [
        expectation("ExpectTableRowCountToBeBetween", "at least one customer", min_value=1),
        expectation("ExpectColumnValuesToBeInSet", "12 ranks", column="rank_count", **exactly),
        expectation("ExpectColumnValuesToBeInSet", "no rank twice", column="rank_count_distinct", **exactly),
        expectation("ExpectColumnValuesToBeInSet", "ranks begin at 1", column="rank_min", value_set=[1]),
        expectation("ExpectColumnValuesToBeInSet", "ranks end at 12", column="rank_max", **exactly),
        expectation("ExpectColumnValuesToBeInSet", "no article twice", column="n_articles", **exactly),
    ]


def _figures(as_of_date: date) -> list:
    says = {
        "customers_left_out": "every customer has a list",
        "customers_unknown": "every customer is in marts.dim_customers",
        "articles_unknown": "every article is in marts.dim_articles",
        "articles_not_sold": f"every article was sold before {as_of_date}",
        "rows_not_whole": "every row has its ids, score, source and reason",
        "customer_ids_wrong": "every customer_id belongs to its customer_key",
        "article_ids_wrong": "every article_id belongs to its article_key",
    }
    return [expectation("ExpectColumnMaxToBeBetween", words, column=name, max_value=0) for name, words in says.items()]
