"""CSV files in the H&M schema for the tests of landing: every builder's defaults are valid, a test shows what matters."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import pytest

from spark_jobs.landing.preflight import KINDS


def customer(n: int) -> str:
    return f"{n:064x}"


def article(n: int) -> str:
    return f"{n:010d}"


class Csvs:
    """Writes the three kinds of files to a folder; rows are dicts of what differs from the defaults."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def sale(self, **fields: object) -> dict[str, object]:
        return {
            "t_dat": "2020-09-01",
            "customer_id": customer(1),
            "article_id": article(1),
            "price": "0.05",
            "sales_channel_id": 2,
        } | fields

    def an_article(self, n: int = 1, **fields: object) -> dict[str, object]:
        numbers = {c.name: n for c in KINDS["articles"].columns if c.type == "int"}
        names = {c.name: f"{c.name} {n}" for c in KINDS["articles"].columns if c.type == "string"}
        return names | numbers | {"article_id": article(n)} | fields

    def a_customer(self, n: int = 1, **fields: object) -> dict[str, object]:
        known = {"fn": "1.0", "active": "", "club_member_status": "ACTIVE", "fashion_news_frequency": "NONE", "age": "49"}
        return {"customer_id": customer(n)} | known | {"postal_code": "cafe"} | fields

    def write(
        self,
        name: str,
        rows: Iterable[dict[str, object] | str],
        *,
        end: str = "\n",
        columns: list[str] | None = None,
        encoding: str = "utf-8",
    ) -> Path:
        """Write a file; a row that is a string goes in as it is; `.gz` in the name compresses."""
        kind = next(kind for kind in KINDS if name.startswith(kind))
        columns = columns or KINDS[kind].column_names
        lines = [",".join(columns)]
        lines += [row if isinstance(row, str) else ",".join(str(row.get(c, "")) for c in columns) for row in rows]
        data = (end.join(lines) + end).encode(encoding)
        path = self.folder / name
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return path

    def sales(self, *rows: dict[str, object] | str, name: str = "transactions_train.csv", **how) -> Path:
        return self.write(name, [row if isinstance(row, str) else self.sale(**row) for row in rows], **how)

    def articles(self, *rows: dict[str, object], name: str = "articles.csv", **how) -> Path:
        return self.write(name, [self.an_article(**row) for row in rows or ({},)], **how)

    def customers(self, *rows: dict[str, object], name: str = "customers.csv", **how) -> Path:
        return self.write(name, [self.a_customer(**row) for row in rows or ({},)], **how)

    def snapshots(self) -> None:
        """One article and one customer, so that a first landing has all three kinds."""
        self.articles()
        self.customers()


@pytest.fixture
def csvs(tmp_path: Path) -> Csvs:
    """A folder for CSV files, and what writes them."""
    return Csvs(tmp_path / "raw")
