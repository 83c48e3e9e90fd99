"""What is published, read from the warehouse and shaped as the store's tables."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.fs import FileSystem

from warehouse.hive.catalogue import Catalogue
from warehouse.serving import grouping, store
from warehouse.serving.rules import Filter, Rules

BATCH_ROWS = 200_000
"""Rows of recs.recommendations in one insert: with 24 articles each some 8,000 customers."""
POPULAR_KEPT = 100
"""Articles per segment: enough to fill any answer after exclusions."""

ARTICLE_NAMES = (
    "prod_name",
    "product_type_name",
    "product_group_name",
    "colour_group_name",
    "department_name",
    "section_name",
    "index_group_name",
)
SEGMENT = {"age_bin": "age_bin", "index_group_no": "index_group", "sales_channel_id": "sales_channel"}
"""Segment columns of marts.popular_articles (`all` where the segment spans them), and their names in the store."""

Lists = Callable[[], Iterator[pa.Table]]
"""Makes a policy's lists, columns customer_id, article_ids, scores, a block of customers at a time."""


@dataclass(frozen=True)
class Around:
    """What is known around articles; the tables of the store of these names, without `run`.

    Attributes:
        similar_articles: article_id, similar_article_id, rank, score: what to show instead of an article.
        complementary_articles: article_id, paired_article_id, rank, score: what goes with it.
        article_map: article_id, x, y: where it lies on a map; a picture only, so it makes no difference between two runs.
    """

    similar_articles: pa.Table
    complementary_articles: pa.Table
    article_map: pa.Table

    @classmethod
    def nothing(cls) -> "Around":
        """Where nothing is known."""
        return cls(*(schema.empty_table() for schema in _AROUND.values()))

    def cast(self) -> "Around":
        """Columns and types as the store has them."""
        return Around(*(getattr(self, name).select(s.names).cast(s).combine_chunks() for name, s in _AROUND.items()))


class Inputs:
    """The warehouse's side of one publication.

    Args:
        catalogue: where the warehouse's files are.
        as_of_date: partition of recs.recommendations and of the as-of marts.
        around: substitutes, complements and the map of articles; None publishes none.
        rules: what must not be shown.
        policies: lists of simpler recommenders by policy.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        as_of_date: date,
        around: Around | None = None,
        rules: Rules | None = None,
        policies: Mapping[str, Lists] | None = None,
    ):
        self.catalogue = catalogue
        self.day = {"as_of_date": as_of_date}
        self.as_of_date = as_of_date
        self._around = (around or Around.nothing()).cast()
        self.rules = rules or Rules()
        self._policies = dict(policies or {})

    @cached_property
    def filter(self) -> Filter | None:
        """The rules made ready; None where there are none."""
        return Filter.of(self.rules, self.catalogue, self.as_of_date) if self.rules.stamp else None

    def tables(self) -> dict[str, Iterator[pa.Table]]:
        """Rows of every data table without `run`, streamed."""
        return {
            "recommendations": self.recommendations(),
            "customers": self.customers(),
            "articles": iter([self.articles()]),
            "popular_articles": iter([self.popular_articles()]),
            "similar_articles": iter([self._ruled_around("similar_articles", "similar_article_id")]),
            "complementary_articles": iter([self._ruled_around("complementary_articles", "paired_article_id")]),
            "article_map": iter([self._around.article_map]),
            "policy_lists": self.policy_lists(),
        }

    def run_id(self) -> str:
        """As-of date and hash of all that is published: equal where the files and the store's tables are equal."""
        told = [*store.ddl_statements(), self.rules.stamp, *sorted(self._policies)]
        sha256 = hashlib.sha256("\n".join(told).encode())
        # Sorted by content: Spark gives the files of equal rows other names each time.
        for content in sorted(_sha256(self.catalogue.fs, file) for file in self._files()):
            sha256.update(content)
        for table in (self._around.similar_articles, self._around.complementary_articles):
            for batch in table.to_batches():
                sha256.update(batch.serialize())
        return f"{self.as_of_date}-{sha256.hexdigest()[:12]}"

    def _files(self) -> list[str]:
        found = self.recommendation_files()
        for table in ("marts.dim_customers", "marts.dim_articles"):
            found += self.catalogue.files(table)
        return found + self.catalogue.files("marts.popular_articles", **self.day)

    def recommendation_files(self) -> list[str]:
        """Parquet files of the date's recommendations."""
        return self.catalogue.files("recs.recommendations", **self.day)

    # -- tables -------------------------------------------------------------------------------------------------------

    def recommendations(self) -> Iterator[pa.Table]:
        rows = self.catalogue.dataset("recs.recommendations", **self.day)
        # The read-ahead of the scanner would hold some sixteen batches of wide rows.
        batches = rows.to_batches(columns=grouping.COLUMNS, batch_size=BATCH_ROWS, batch_readahead=1, fragment_readahead=1)
        grouped = grouping.customer_rows(batches)
        return map(self.filter.lists, grouped) if self.filter else grouped

    def policy_lists(self) -> Iterator[pa.Table]:
        yield _POLICY_LISTS.empty_table()
        for policy, lists in sorted(self._policies.items()):
            for rows in lists():
                named = rows.append_column("policy", pa.repeat(policy, rows.num_rows)).select(_POLICY_LISTS.names)
                named = named.cast(_POLICY_LISTS)
                yield self.filter.lists(named) if self.filter else named

    def customers(self) -> Iterator[pa.Table]:
        rows = self.catalogue.dataset("marts.dim_customers")
        for batch in rows.to_batches(columns=["customer_id", "age_bin"], batch_size=BATCH_ROWS):
            age_bin = _text(batch["age_bin"], "unknown")
            yield pa.table({"customer_id": batch["customer_id"], "age_bin": age_bin})

    def articles(self) -> pa.Table:
        rows = self.catalogue.read("marts.dim_articles", ["article_id", "product_code", *ARTICLE_NAMES])
        rows = rows.sort_by("article_id")
        names = {name: _text(rows[name], "") for name in ARTICLE_NAMES}
        product = pc.fill_null(rows["product_code"].cast(pa.int32()), 0)
        return pa.table({"article_id": rows["article_id"], "product_code": product, **names})

    def popular_articles(self) -> pa.Table:
        rows = self._read("marts.popular_articles", [*SEGMENT, "article_key", "rank_decayed", "decayed_lines"])
        rows = rows.filter(pc.less_equal(rows["rank_decayed"], POPULAR_KEPT))
        segment = {ours: rows[name].cast(pa.string()) for name, ours in SEGMENT.items()}
        found = pa.table(
            {
                **segment,
                "rank": rows["rank_decayed"].cast(pa.uint16()),
                "article_id": self._article_ids(rows["article_key"]),
                "score": rows["decayed_lines"].cast(pa.float64()),
            }
        )
        return self.filter.ranked(found, list(SEGMENT.values()), "article_id", cap=True) if self.filter else found

    def _ruled_around(self, table: str, other: str) -> pa.Table:
        found = getattr(self._around, table)
        return self.filter.ranked(found, ["article_id"], other, cap=False) if self.filter else found

    def _read(self, mart: str, columns: list[str]) -> pa.Table:
        return self.catalogue.read(mart, columns, **self.day)

    def _article_ids(self, keys: pa.ChunkedArray) -> pa.ChunkedArray:
        """Natural ids of article keys."""
        dim = self.catalogue.read("marts.dim_articles", ["article_key", "article_id"])
        return dim["article_id"].take(pc.index_in(keys, value_set=dim["article_key"].combine_chunks()))


def _related(other: str, score: pa.DataType) -> pa.Schema:
    return pa.schema({"article_id": pa.string(), "rank": pa.uint16(), other: pa.string(), "score": score})


_AROUND = {
    "similar_articles": _related("similar_article_id", pa.float32()),
    "complementary_articles": _related("paired_article_id", pa.float64()),
    "article_map": pa.schema({"article_id": pa.string(), "x": pa.float32(), "y": pa.float32()}),
}
_POLICY_LISTS = pa.schema(
    {
        "policy": pa.string(),
        "customer_id": pa.string(),
        "article_ids": pa.list_(pa.string()),
        "scores": pa.list_(pa.float32()),
    }
)


def _sha256(system: FileSystem, file: str) -> bytes:
    with system.open_input_stream(file) as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _text(column: pa.Array | pa.ChunkedArray, if_null: str) -> pa.Array | pa.ChunkedArray:
    return pc.fill_null(column.cast(pa.string()), if_null)
