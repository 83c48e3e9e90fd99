"""A purchase log as arrays, straight from its three CSV files: no warehouse is needed to look at one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from infra.errors import UserError

_BLOCK = 96 << 20
# Ids repeat within a block: as dictionaries each is looked up once per block.
_ID = pa.dictionary(pa.int32(), pa.string())
_TRANSACTIONS = {
    "t_dat": pa.date32(),
    "customer_id": _ID,
    "article_id": _ID,
    "price": pa.float64(),
    "sales_channel_id": pa.int8(),
}


class FactsError(UserError):
    """A folder holds no log that facts can be taken from."""


@dataclass(frozen=True)
class Log:
    """Lines ascending by customer, day and article; customers and articles are rows of their tables.

    `day` counts from the first day of the log. `dropped` lines name a customer or an article that the files do not hold.
    """

    customers: pa.Table
    articles: pa.Table
    customer: np.ndarray
    day: np.ndarray
    article: np.ndarray
    price: np.ndarray
    channel: np.ndarray
    first_date: int
    dropped: int

    def __len__(self) -> int:
        return len(self.day)

    @cached_property
    def last_day(self) -> int:
        """The last day of the log."""
        return int(self.day.max())

    @cached_property
    def visit_start(self) -> np.ndarray:
        """First line of each visit: what one customer bought on one day."""
        return starts(self.customer, self.day)

    def codes(self, column: str) -> np.ndarray:
        """An attribute of the articles as dense numbers."""
        return codes(self.articles, column)

    def week(self, back: int) -> np.ndarray:
        """Lines of one of the seven-day weeks counted back from the last day; 0 is the last one."""
        last = self.last_day - 7 * back
        return np.flatnonzero((self.day > last - 7) & (self.day <= last))


def read_log(folder: Path) -> Log:
    """Read articles, customers and transactions (.csv or .csv.gz) of a folder.

    Raises:
        FactsError: a file is missing, cannot be read, or holds no line that can be used.
    """
    try:
        articles = _table(_file(folder, "articles"))
        customers = _table(_file(folder, "customers"))
        parts = list(_lines(_file(folder, "transactions_train"), customers["customer_id"], articles["article_id"]))
    except (pa.ArrowException, KeyError) as error:
        raise FactsError(f"{folder} holds no log in Kaggle's schema: {error}") from error
    day, customer, article, price, channel = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = (customer >= 0) & (article >= 0)
    if not known.any():
        raise FactsError(f"{folder}: no transaction names a customer and an article of the other two files.")
    first = int(day[known].min())
    if not known.all():
        day, customer, article, price, channel = (a[known] for a in (day, customer, article, price, channel))
    day -= first
    order = np.argsort((customer.astype(np.int64) * (int(day.max()) + 1) + day) * len(articles) + article, kind="stable")
    columns = {"customer": customer, "day": day, "article": article, "price": price, "channel": channel}
    columns = {name: values[order] for name, values in columns.items()}
    return Log(customers, articles, **columns, first_date=first, dropped=int(len(known) - known.sum()))


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.is_file():
            return path
    raise FactsError(f"{folder} holds no {name}.csv (or .csv.gz).")


def _table(path: Path) -> pa.Table:
    """A whole file as text; empty fields stay empty text."""
    with pa.input_stream(path, compression="detect") as file:
        names = csv.open_csv(file).schema.names
    options = csv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False)
    parsing = csv.ParseOptions(newlines_in_values=True)
    with pa.input_stream(path, compression="detect") as file:
        return csv.read_csv(file, csv.ReadOptions(use_threads=False), parsing, options).combine_chunks()


def _lines(path: Path, customer_ids: pa.ChunkedArray, article_ids: pa.ChunkedArray) -> Iterator[tuple[np.ndarray, ...]]:
    customers, articles = _places(customer_ids), _places(article_ids)
    convert = csv.ConvertOptions(column_types=_TRANSACTIONS, include_columns=list(_TRANSACTIONS))
    with pa.input_stream(path, compression="detect") as file:
        for block in csv.open_csv(file, csv.ReadOptions(use_threads=False, block_size=_BLOCK), convert_options=convert):
            yield (
                block["t_dat"].cast(pa.int32()).to_numpy(),
                _found(block["customer_id"], customers),
                _found(block["article_id"], articles),
                block["price"].to_numpy(zero_copy_only=False),
                block["sales_channel_id"].to_numpy(zero_copy_only=False),
            )


def _places(ids: pa.ChunkedArray) -> dict[str, int]:
    return {text: place for place, text in enumerate(ids.to_pylist())}


def _found(ids: pa.DictionaryArray, places: dict[str, int]) -> np.ndarray:
    """Place of each id, -1 where there is none."""
    place = np.array([places.get(text, -1) for text in ids.dictionary.to_pylist()] + [-1], np.int32)
    return place[ids.indices.fill_null(len(place) - 1).to_numpy()]


def starts(*columns: np.ndarray) -> np.ndarray:
    """First position of each run of equal values in sorted columns."""
    new = np.zeros(len(columns[0]), bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def codes(table: pa.Table, column: str) -> np.ndarray:
    """A text column as dense numbers."""
    return table[column].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
