"""A tiny raw log, written straight into the raw tables as `hm land` would, and rows of marts by natural ids."""

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from infra.settings import Settings
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import Table, raw

FIRST_DAY = date(2020, 1, 1)
EARLY, LATE = date(2020, 3, 20), date(2020, 4, 1)
"""The two as-of dates of the tests; the log goes on after both."""

Line = tuple[date, str, str, str, int | None]
"""Day, customer, article, price, channel."""

AS_OF_MARTS = (
    "customer_rfm",
    "customer_features",
    "article_features",
    "customer_article_features",
    "customer_category_features",
    "popular_articles",
    "article_pairs",
)


def customer(number: int) -> str:
    return f"{number:064x}"


def article(number: int) -> str:
    return f"{number:010d}"


def shopping(seed: int, first_day: date, last_day: date) -> list[Line]:
    """Lines of a dozen customers and a dozen and a half articles; some baskets repeat, some lines come twice."""
    dice = random.Random(seed)
    lines: list[Line] = []
    for offset in range((last_day - first_day).days + 1):
        day = first_day + timedelta(offset)
        for buyer in dice.sample(range(12), dice.choice((0, 1, 2, 3))):
            for item in dice.sample(range(18), dice.choice((1, 2, 3, 5))):
                price = f"0.0{dice.choice((1, 2, 3))}{item:02d}"
                lines += [(day, customer(buyer), article(item), price, dice.choice((1, 2)))] * dice.choice((1, 1, 1, 2))
    return lines


@dataclass
class RawLog:
    """The raw tables of one environment, filled landing by landing as `hm land` would."""

    settings: Settings
    spark: object
    landing: int = 0
    keys: dict[str, dict[str, int]] = field(default_factory=lambda: {"customer": {}, "article": {}})

    def __post_init__(self) -> None:
        for table in raw.TABLES:
            Catalogue(self.settings).create(table)

    def land_transactions(self, lines: list[Line], *, finished: bool = True) -> None:
        """One file of transactions; days that were there are replaced. Unfinished = the landing died before its last row."""
        self.landing += 1
        self._know("customer", {line[1] for line in lines})
        self._know("article", {line[2] for line in lines})
        for month in sorted({f"{line[0]:%Y-%m}" for line in lines}):
            rows = [(d, c, a, Decimal(p), s) for d, c, a, p, s in lines if f"{d:%Y-%m}" == month]
            self._write(raw.TRANSACTIONS, rows, t_month=month)
        days = sorted({line[0] for line in lines})
        self._write(raw.LANDED_DAYS, [(day, sum(line[0] == day for line in lines)) for day in days])
        if finished:
            self._finish("transactions", len(lines), days[0], days[-1])

    def land_customers(self, ages: dict[int, int | None]) -> None:
        """One snapshot of customers: {number: age}."""
        self.landing += 1
        self._know("customer", {customer(number) for number in ages})
        rows = [(customer(n), 1 if n % 2 else None, 1, "ACTIVE", "NONE", age, "f00") for n, age in ages.items()]
        self._write(raw.CUSTOMERS, rows)
        self._finish("customers", len(rows))

    def land_articles(self, numbers: Iterable[int]) -> None:
        """One snapshot of articles: products of two articles, a few of each category."""
        self.landing += 1
        self._know("article", {article(number) for number in numbers})
        self._write(raw.ARTICLES, [self._article(number) for number in numbers])
        self._finish("articles", len(list(numbers)))

    @staticmethod
    def _article(number: int) -> tuple:
        values = {name: f"{name} {number}" for name in raw.ARTICLES.column_names}
        small = {"product_code": number // 2, "product_type_no": number % 4, "department_no": number % 5}
        small |= {"section_no": number % 3, "index_group_no": number % 2, "garment_group_no": number % 6}
        small |= {"colour_group_code": number % 3, "article_id": article(number)}
        typed = {c.name: small.get(c.name, number if c.type == "int" else values[c.name]) for c in raw.ARTICLES.columns}
        return tuple(typed.values())

    def _know(self, kind: str, ids: set[str]) -> None:
        """Give new ids a key, in an order that is not that of the ids: nothing may depend on it."""
        keys = self.keys[kind]
        new = sorted(ids - keys.keys(), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
        rows = [(name, len(keys) + place) for place, name in enumerate(new)]
        keys.update(rows)
        if rows:
            self._write(raw.CUSTOMER_KEYS if kind == "customer" else raw.ARTICLE_KEYS, rows)

    def _finish(self, kind: str, rows: int, first: date | None = None, last: date | None = None) -> None:
        note = (f"{kind}.csv", kind, f"{self.landing}", 1, rows, rows, 0, 0, first, last, "", datetime(2020, 5, 1))
        self._write(raw.LANDINGS, [note])
        Catalogue(self.settings).refresh()

    def _write(self, table: Table, rows: list[tuple], **more: str) -> None:
        values = {"landing_id": self.landing, **more}
        folder = Path(Catalogue(self.settings).new_version(table))
        folder.mkdir(parents=True)
        columns = zip(*rows, strict=True)
        arrays = [pa.array(column, type) for column, type in zip(columns, table.arrow_schema.types, strict=True)]
        pq.write_table(pa.table(arrays, schema=table.arrow_schema), folder / "part-00000.parquet")
        Catalogue(self.settings).set_partition(table, values, str(folder))


def whole_log(log: RawLog) -> None:
    """Dimensions and a hundred days of shopping; customer 11 and article 17 are in no dimension file."""
    log.land_articles(range(17))
    log.land_customers({number: None if number == 3 else 17 + 4 * number for number in range(11)})
    log.land_transactions(shopping(1, FIRST_DAY, date(2020, 4, 10)))


def rows_of(catalogue: Catalogue, table: str, **where: object) -> list[tuple]:
    """Rows of a mart, sorted, with natural ids in the place of keys."""
    names = {}
    for kind in ("customer", "article"):
        dim = catalogue.read(f"marts.dim_{kind}s", [f"{kind}_key", f"{kind}_id"])
        names[kind] = dict(zip(*(column.to_pylist() for column in dim.columns), strict=True))
    found = catalogue.read(table, **where)
    columns = []
    for name in found.column_names:
        kind = name.removeprefix("paired_").removesuffix("_key")
        values = found[name].to_pylist()
        columns.append([names[kind][value] for value in values] if name.endswith("_key") else values)
    return sorted(zip(*columns, strict=True), key=repr)
