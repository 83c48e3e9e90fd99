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
from warehouse.serving.inputs import ARTICLE_NAMES, Around

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
        self.fill("a")

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.settings)

    def fill(self, marker: str, n_customers: int = 5) -> None:
        """Write every table; reasons, sources and names end in the marker."""
        self.write("marts.dim_customers", customers())
        self.write("marts.dim_articles", articles(marker))
        self.write("marts.popular_articles", popular(), AS_OF)
        self.write("recs.recommendations", recommendations(marker, n_customers), AS_OF)

    def recommend(self, **columns: list) -> None:
        """Write recs.recommendations with other values in some columns."""
        rows = recommendations("a", 5)
        for name, values in columns.items():
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, rows.schema.field(name), pa.array(values, rows.schema.field(name).type))
        self.write("recs.recommendations", rows, AS_OF)

    def write(self, table: str, rows: pa.Table, day: date | None = None, **values: object) -> None:
        """Replace a table, or its partition of a day, or of other values."""
        pq.write_table(rows, self._new_place(table, day, **values) / "part-00000.parquet")

    def forget(self, table: str) -> None:
        """Leave a warehouse that does not have the table."""
        del self._snapshot[table]
        self._save()

    def write_empty(self, table: str, day: date, columns: dict[str, str]) -> None:
        """Leave a table that has no row of a date which was built: it has no partition of it, the table of days has one."""
        self._new_place("intermediate.int_as_of_days", day)
        self._snapshot[table] |= {"partitions": [], "columns": columns}
        self._save()

    def _new_place(self, table: str, day: date | None, **by: object) -> Path:
        self._versions += 1
        place = self.folder / table / str(self._versions)
        place.mkdir(parents=True)
        values = {"as_of_date": str(day)} if day else {name: str(value) for name, value in by.items()}
        others = [p for p in self._snapshot.get(table, {"partitions": []})["partitions"] if p["values"] != values]
        self._snapshot[table] = {"partitions": [*others, {"values": values, "location": str(place)}]}
        self._save()
        return place

    def _save(self) -> None:
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        (self.settings.state_dir / "catalogue.json").write_text(json.dumps(self._snapshot))


def customers() -> pa.Table:
    """marts.dim_customers: 0 to 4 have recommendations; nobody of the 65+ of customer 6 has bought, 7 told no age."""
    return pa.table({"customer_id": [customer(i) for i in range(8)], "age_bin": ["25-29"] * 6 + ["65+", "unknown"]})


def articles(marker: str) -> pa.Table:
    """marts.dim_articles; every text ends in the marker."""
    keys = pa.array(range(N_ARTICLES), pa.int32())
    text = {name: [f"{name} {i} {marker}" for i in range(N_ARTICLES)] for name in ARTICLE_NAMES}
    return pa.table({"article_id": ARTICLES, "article_key": keys, "product_code": keys, **text})


def recommendations(marker: str, n_customers: int) -> pa.Table:
    """recs.recommendations: customer i has the N_KEPT articles after number i."""
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
    """marts.popular_articles: articles 0 to 14 overall, articles 20 to 24 among the 25-29."""
    rows = [("all", rank, rank - 1) for rank in range(1, 16)] + [("25-29", rank, 19 + rank) for rank in range(1, 6)]
    return pa.table(
        {
            "age_bin": [age_bin for age_bin, _, _ in rows],
            "index_group_no": ["all"] * len(rows),
            "sales_channel_id": ["all"] * len(rows),
            "article_key": pa.array([key for _, _, key in rows], pa.int32()),
            "rank_decayed": pa.array([rank for _, rank, _ in rows], pa.int32()),
            "decayed_lines": [float(100 - rank) for _, rank, _ in rows],
        }
    )


def _related(other: str, articles: list[str]) -> pa.Table:
    n = len(articles)
    scores = [0.9 - 0.1 * i for i in range(n)]
    return pa.table({"article_id": [ARTICLES[0]] * n, other: articles, "rank": list(range(1, n + 1)), "score": scores})


AROUND = Around(
    similar_articles=_related("similar_article_id", ARTICLES[3:5]),
    complementary_articles=_related("paired_article_id", ARTICLES[2:0:-1]),
    article_map=pa.table({"article_id": ARTICLES[:2], "x": [0.5, -1.0], "y": [2.0, 0.0]}),
)
"""Around the first article: two instead of it, two with it; two articles on the map."""
