"""The purchase log as arrays: who bought what on which day, indexed so that index order is natural-id order.

Customers and articles get dense indices in ascending order of their ids, so sorting by index breaks every tie by natural
id, and neither the values of the warehouse's join keys nor the order of the rows read can reach a result.
Weights are summed as integers of 1e-9, so a sum does not depend on its order either.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Protocol

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_matrix

from models.axis import Axis, UnknownKeyError
from models.decay import Decay, nano_weights

__all__ = ["Axis", "Interactions", "Pairs", "TableReader", "Truth", "UnknownKeyError", "as_date", "day_number"]

EPOCH = date(1970, 1, 1)
LABEL_DAYS = 7
TRANSACTIONS, CUSTOMERS, ARTICLES = "marts.fct_transactions", "marts.dim_customers", "marts.dim_articles"


class TableReader(Protocol):
    """What of `warehouse.hive.catalogue.Catalogue` is needed here."""

    def read(self, table: str, columns: list[str] | None = None, **where: object) -> pa.Table: ...


def day_number(day: date) -> int:
    """Days since 1970-01-01, the unit of every `day` array."""
    return (day - EPOCH).days


def as_date(day: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(day))


@dataclass(frozen=True)
class Truth:
    """What the buyers of a week bought: buyers ascending; buyer i's distinct articles are `article[start[i]:start[i+1]]`.

    `n_lines` is how often each was bought: repeating each article that often gives the truth as a list.
    """

    customer: np.ndarray
    start: np.ndarray
    article: np.ndarray
    n_lines: np.ndarray

    @property
    def n_articles(self) -> np.ndarray:
        """Distinct articles per buyer."""
        return np.diff(self.start)

    @property
    def pair_customer(self) -> np.ndarray:
        """The buyer of every pair."""
        return np.repeat(self.customer, self.n_articles)


@dataclass(frozen=True)
class Pairs:
    """One row per customer and article ever bought, ascending by (customer, article); days are day numbers."""

    customer: np.ndarray
    article: np.ndarray
    n_lines: np.ndarray
    n_days: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray


@dataclass(frozen=True)
class Interactions:
    """One row per day, customer and article, ascending in that order; arrays are int32 and share one length."""

    customer: np.ndarray
    article: np.ndarray
    day: np.ndarray
    n_lines: np.ndarray
    customers: Axis
    articles: Axis

    # -- making one ---------------------------------------------------------------------------------------------------

    @classmethod
    def from_arrow(cls, transactions: pa.Table, customers: pa.Table, articles: pa.Table) -> "Interactions":
        """From plain tables: transactions(t_dat, customer_key | customer_id, article_key | article_id [, n_lines]).

        Without `n_lines` every row is one line. Row order and key values do not matter.

        Raises:
            UnknownKeyError: a transaction names a customer or article the dimensions do not hold.
        """
        customer_axis = Axis.from_table(customers, "customer_id", "customer_key")
        article_axis = Axis.from_table(articles, "article_id", "article_key")
        day = transactions["t_dat"].cast(pa.int32()).to_numpy()
        customer = _indices(transactions, customer_axis, "customer")
        article = _indices(transactions, article_axis, "article")
        lines = transactions["n_lines"].to_numpy() if "n_lines" in transactions.column_names else np.ones(len(day), np.int32)
        rows = _merge_rows(day, customer, article, lines, len(customer_axis), len(article_axis))
        return cls(*rows, customer_axis, article_axis)

    @classmethod
    def from_catalogue(cls, catalogue: TableReader) -> "Interactions":
        """The whole log, from marts.fct_transactions and the two dimensions.

        Raises:
            MissingDataError: a mart is not there.
        """
        transactions = catalogue.read(TRANSACTIONS, ["t_dat", "customer_key", "article_key", "n_lines"])
        return cls.from_arrow(transactions, catalogue.read(CUSTOMERS), catalogue.read(ARTICLES))

    # -- size and shape -----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.day)

    @property
    def shape(self) -> tuple[int, int]:
        """(customers, articles) of the axes, bought or not."""
        return len(self.customers), len(self.articles)

    @property
    def next_day(self) -> date:
        """The day after the last one in the log: the default as-of date."""
        return as_date(self.day[-1] + 1)

    @property
    def buyers(self) -> np.ndarray:
        """Customers with a purchase, ascending."""
        return np.flatnonzero(np.bincount(self.customer, minlength=len(self.customers))).astype(np.int32)

    @property
    def sold(self) -> np.ndarray:
        """Articles with a purchase, ascending."""
        return np.flatnonzero(np.bincount(self.article, minlength=len(self.articles))).astype(np.int32)

    # -- time ---------------------------------------------------------------------------------------------------------

    def between(self, first: date, end: date) -> "Interactions":
        """Rows with first <= day < end, as views of the same memory."""
        lo, hi = np.searchsorted(self.day, [day_number(first), day_number(end)])
        return self.where(slice(lo, hi))

    def where(self, rows: np.ndarray | slice) -> "Interactions":
        """Rows of a mask (copied) or of a slice (views)."""
        return replace(
            self, customer=self.customer[rows], article=self.article[rows], day=self.day[rows], n_lines=self.n_lines[rows]
        )

    def of_customers(self, customers: np.ndarray) -> "Interactions":
        """Rows of some customers, copied; the axes stay whole."""
        chosen = np.zeros(len(self.customers), bool)
        chosen[customers] = True
        return self.where(chosen[self.customer])

    def before(self, as_of: date) -> "Interactions":
        """What may be seen as of a date: rows of earlier days."""
        return self.between(EPOCH, as_of)

    def last_days(self, as_of: date, days: int) -> "Interactions":
        """Rows of the `days` days before a date."""
        return self.between(as_of - timedelta(days=days), as_of)

    def labels(self, as_of: date, days: int = LABEL_DAYS) -> Truth:
        """What was bought on the `days` days from `as_of` on, per buyer."""
        week = self.between(as_of, as_of + timedelta(days=days)).pairs
        customer, start = np.unique(week.customer, return_index=True)
        start = np.append(start, len(week.customer))
        return Truth(customer.astype(np.int32), start.astype(np.int64), week.article, week.n_lines)

    # -- pairs --------------------------------------------------------------------------------------------------------

    @cached_property
    def _pair_order(self) -> tuple[np.ndarray, np.ndarray]:
        """Row order by (customer, article, day) and where each pair begins in it."""
        code = self.customer.astype(np.int64) * len(self.articles) + self.article
        order = np.argsort(code, kind="stable")
        code = code[order]
        return order, np.flatnonzero(np.diff(code, prepend=-1)).astype(np.int64)

    @cached_property
    def pairs(self) -> Pairs:
        """The log per customer and article."""
        order, start = self._pair_order
        n_days = np.diff(start, append=len(order))
        lines = np.add.reduceat(self.n_lines[order], start) if len(start) else self.n_lines[:0]
        first, last = order[start], order[start + n_days - 1]
        return Pairs(
            self.customer[first], self.article[first], lines.astype(np.int32), n_days, self.day[first], self.day[last]
        )

    def decayed(self, as_of: date, decay: Decay) -> csr_matrix:
        """Customer × article matrix (float64, sorted indices): sum over lines of decay(age in days)."""
        nano = nano_weights(decay, day_number(as_of) - self.day) * self.n_lines
        if not nano.all():
            return self.where(nano > 0).decayed(as_of, decay)
        order, start = self._pair_order
        data = np.add.reduceat(nano[order], start) / 1e9 if len(start) else np.zeros(0)
        indptr = np.searchsorted(self.pairs.customer, np.arange(len(self.customers) + 1))
        return csr_matrix((data, self.pairs.article, indptr), shape=self.shape)

    def article_weights(self, as_of: date, decay: Decay) -> np.ndarray:
        """Per article: sum over lines of decay(age in days), float64."""
        nano = nano_weights(decay, day_number(as_of) - self.day) * self.n_lines
        total = np.zeros(len(self.articles), np.int64)
        np.add.at(total, self.article, nano)
        return total / 1e9


def _indices(transactions: pa.Table, axis: Axis, noun: str) -> np.ndarray:
    if f"{noun}_key" in transactions.column_names:
        return axis.index_of_keys(transactions[f"{noun}_key"].to_numpy())
    index = axis.index_of_ids(transactions[f"{noun}_id"])
    if (index < 0).any():
        missing = transactions[f"{noun}_id"][int(np.argmin(index))]
        raise UnknownKeyError(f"{noun.capitalize()} {missing} is in the log but in no dimension; build the features again.")
    return index


def _merge_rows(
    day: np.ndarray, customer: np.ndarray, article: np.ndarray, lines: np.ndarray, n_customers: int, n_articles: int
) -> tuple:
    """Rows of one day, customer and article become one; ascending in that order."""
    # One 64-bit number per row sorts several times faster than three keys, and holds years of the largest shop.
    code = (day.astype(np.int64) * n_customers + customer) * n_articles + article
    order = np.argsort(code)
    start = np.flatnonzero(np.diff(code[order], prepend=-1))
    total = np.add.reduceat(lines[order], start) if len(start) else lines
    first = order[start]
    return tuple(a.astype(np.int32, copy=False) for a in (customer[first], article[first], day[first], total))
