"""A warehouse of a few customers as Parquet files and a catalogue snapshot: no Spark, no JVM."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import recs

AS_OF = date(2020, 9, 23)
N_ARTICLES = 30
N_KEPT = 14
ARTICLES = [f"0{100000000 + i}" for i in range(N_ARTICLES)]


def customer(i: int) -> str:
    """A customer id: 64 hexadecimal digits."""
    return hashlib.sha256(str(i).encode()).hexdigest()


class SmallWarehouse:
    """Writes tables and answers as a catalogue over them.

    Args:
        settings: whose state folder takes the snapshot.
        folder: where the files go.
    """

    def __init__(self, settings: Settings, folder: Path):
        self.settings, self.folder = settings, folder
        self._snapshot: dict[str, dict] = {}
        self._versions = 0
        self._write_dims()
        self.write("marts.popular_articles", popular(), AS_OF)
        self.write("marts.article_pairs", pairs(), AS_OF)

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.settings)

    def recommend(self, n_customers: int = 5, marker: str = "a", day: date = AS_OF, **changes: list) -> None:
        """Write recs.recommendations: customer i gets N_KEPT articles from number i on; every text names the marker."""
        rows = recommendations(n_customers, marker)
        for name, values in changes.items():
            field = rows.schema.field(name)
            rows = rows.set_column(rows.schema.get_field_index(name), field, pa.array(values, field.type))
        self.write("recs.recommendations", rows, day)

    def write(self, table: str, rows: pa.Table, day: date | None = None) -> None:
        """Replace a table, or its partition of a day."""
        self._versions += 1
        place = self.folder / table / str(self._versions)
        place.mkdir(parents=True)
        pq.write_table(rows, place / "part-00000.parquet")
        values = {"as_of_date": str(day)} if day else {}
        others = [p for p in self._snapshot.get(table, {"partitions": []})["partitions"] if p["values"] != values]
        self._snapshot[table] = {"partitions": [*others, {"values": values, "location": str(place)}]}
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        (self.settings.state_dir / "catalogue.json").write_text(json.dumps(self._snapshot))

    def _write_dims(self) -> None:
        ids = [customer(i) for i in range(8)]
        self.write(
            "marts.dim_customers",
            # Customer 6 has an age bin without a list of its own, the age of customer 7 is not known.
            pa.table({"customer_id": ids, "age_bin": ["25-34"] * 6 + ["65+", None]}),
        )
        text = {name: [f"{name} {i}" for i in range(N_ARTICLES)] for name in ARTICLE_TEXT}
        numbers = {
            "article_key": pa.array(range(N_ARTICLES), pa.int32()),
            "product_code": pa.array(range(N_ARTICLES), pa.int32()),
        }
        self.write("marts.dim_articles", pa.table({"article_id": ARTICLES, **numbers, **text}))


ARTICLE_TEXT = (
    "prod_name",
    "product_type_name",
    "product_group_name",
    "colour_group_name",
    "department_name",
    "section_name",
    "index_group_name",
)


def recommendations(n_customers: int, marker: str) -> pa.Table:
    """recs.recommendations of customers 0 .. n-1 in order of id."""
    numbers = sorted(range(n_customers), key=customer)
    rows = [(i, rank) for i in numbers for rank in range(1, N_KEPT + 1)]
    return pa.table(
        {
            "customer_id": [customer(i) for i, _ in rows],
            "customer_key": [i for i, _ in rows],
            "article_id": [ARTICLES[(i + rank) % N_ARTICLES] for i, rank in rows],
            "article_key": [(i + rank) % N_ARTICLES for i, rank in rows],
            "rank": [rank for _, rank in rows],
            "score": [float(-rank) for _, rank in rows],
            "source": [f"source {marker}" for _ in rows],
            "sources": [[f"source {marker}"] for _ in rows],
            "reason": [f"reason {marker}" for _ in rows],
        },
        schema=recs.RECOMMENDATIONS.arrow_schema,
    )


def popular() -> pa.Table:
    """marts.popular_articles: articles 0.. overall, articles 20.. among the 25-34."""
    rows = [(None, rank, rank - 1) for rank in range(1, 16)] + [("25-34", rank, 19 + rank) for rank in range(1, 6)]
    return pa.table(
        {
            "age_bin": pa.array([age_bin for age_bin, _, _ in rows], pa.string()),
            "index_group_no": pa.nulls(len(rows), pa.int32()),
            "sales_channel_id": pa.nulls(len(rows), pa.int32()),
            "article_key": pa.array([key for _, _, key in rows], pa.int32()),
            "rank": pa.array([rank for _, rank, _ in rows], pa.int32()),
            "n_lines": pa.array([100 - rank for _, rank, _ in rows], pa.int64()),
        }
    )


def pairs() -> pa.Table:
    """marts.article_pairs: article 0 with 1 and 2 (the stronger), 2 with 0."""
    return pa.table(
        {
            "article_key": pa.array([0, 0, 2], pa.int32()),
            "paired_article_key": pa.array([1, 2, 0], pa.int32()),
            "decayed_support": pa.array([3, 5, 5], pa.int64()),
        }
    )
