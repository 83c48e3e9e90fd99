"""A synthetic shop of any size, ready to be published: nonsense in the shapes of real lists, without Spark or a model."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from infra.settings import Settings
from tests.serving.small_warehouse import SmallWarehouse
from warehouse.schemas import recs
from warehouse.serving.inputs import ARTICLE_NAMES

AS_OF = date(2020, 9, 23)
KEPT = 24
BLOCK = 20_000
"""Customers that are made at once."""


def customer_ids(n: int) -> np.ndarray:
    """`n` ids of 64 hexadecimal digits, in order."""
    return np.array([f"{i * 2654435761 % (1 << 63):016x}" * 4 for i in range(n)])


class Shop(SmallWarehouse):
    """Writes its tables as the small warehouse does.

    Args:
        n_customers: everyone has a list.
        n_articles: about a sixth of a name in capitals each.
    """

    def __init__(self, settings: Settings, folder: Path, n_customers: int, n_articles: int):
        self.customers, self.n_articles = np.sort(customer_ids(n_customers)), n_articles
        super().__init__(settings, folder)

    def fill(self, marker: str, n_customers: int = 0) -> None:
        """Write every table; reasons end in the marker."""
        keys = np.arange(self.n_articles, dtype=np.int32)
        ids = pa.array([f"0{100_000_000 + key}" for key in keys])
        text = {name: [f"{name.removesuffix('_name')} {key % 997}" for key in keys] for name in ARTICLE_NAMES}
        bins = pa.array(np.array(["18-24", "25-29", "30-39", "40-49", "50-64", "65+"])[np.arange(len(self.customers)) % 6])
        self.write("marts.dim_customers", pa.table({"customer_id": self.customers, "age_bin": bins}))
        self.write(
            "marts.dim_articles", pa.table({"article_id": ids, "article_key": keys, "product_code": keys // 3, **text})
        )
        self.write("marts.popular_articles", self._popular(), AS_OF)
        place = self._new_place("recs.recommendations", AS_OF)
        with pq.ParquetWriter(place / "part-00000.parquet", recs.RECOMMENDATIONS.arrow_schema) as writer:
            for block in self._lists(ids, marker):
                writer.write_table(block)

    def _lists(self, ids: pa.Array, marker: str) -> Iterator[pa.Table]:
        schema, rng = recs.RECOMMENDATIONS.arrow_schema, np.random.default_rng(7)
        for start in range(0, len(self.customers), BLOCK):
            who = np.arange(start, min(start + BLOCK, len(self.customers)))
            first = rng.integers(0, self.n_articles, len(who))[:, None]
            key = ((first + np.arange(KEPT) * 37) % self.n_articles).astype(np.int32).ravel()
            n = len(key)
            because = pa.array([f"Bought by customers who bought article {a} too ({marker})" for a in range(97)])
            columns = {
                "customer_id": pa.array(np.repeat(self.customers[who], KEPT)),
                "customer_key": np.repeat(who, KEPT).astype(np.int32),
                "article_id": ids.take(pa.array(key)),
                "article_key": key,
                "rank": np.tile(np.arange(1, KEPT + 1, dtype=np.int16), len(who)),
                "score": rng.normal(size=n).astype(np.float32),
                "source": pa.repeat("item_cf", n),
                "sources": pa.array([["item_cf"]] * n),
                "reason": because.take(pa.array(key % 97)),
            }
            yield pa.table(columns).select(schema.names).cast(schema)

    def _popular(self) -> pa.Table:
        bins = ["all", "18-24", "25-29", "30-39", "40-49", "50-64", "65+"]
        rank = np.tile(np.arange(1, 101, dtype=np.int32), len(bins))
        return pa.table(
            {
                "age_bin": np.repeat(bins, 100),
                "index_group_no": ["all"] * len(rank),
                "sales_channel_id": ["all"] * len(rank),
                "article_key": ((rank * 11) % self.n_articles).astype(np.int32),
                "rank_decayed": rank,
                "decayed_lines": 1.0 / rank,
            }
        )
