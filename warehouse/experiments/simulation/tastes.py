"""What simulated customers like: the shares of what they bought by product, type, department, group and colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix

from warehouse.experiments.errors import NoDataError
from warehouse.hive.catalogue import Catalogue

WEIGHTS = {
    "product_code": 0.35,
    "product_type_name": 0.2,
    "department_name": 0.2,
    "index_group_name": 0.15,
    "colour_group_name": 0.1,
}
"""How much each attribute of an article counts, times the chance that two purchases of the log differ in it: what is
the same for all articles (a log without types, say) tells nobody's taste."""
SMOOTHING = 5.0
"""Purchases of the average customer that everyone's own are mixed with: who never bought likes what all like."""


@dataclass(frozen=True)
class Tastes:
    """The sampled customers and all articles.

    Attributes:
        ids: customer ids, ascending.
        activity: purchases relative to the mean customer of the sample, square-rooted and of mean 1: how often they come.
        counts: by attribute, customers x values, purchases; `overall`: share of all purchases by value.
        weights: of the attributes in this log, of sum 1.
        values: by attribute, each article's value; `place`: article id -> row; `price`: mean price paid, 0 where never sold.
    """

    ids: np.ndarray
    activity: np.ndarray
    bought: np.ndarray
    weights: Mapping[str, float]
    counts: Mapping[str, csr_matrix]
    overall: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    place: Mapping[str, int]
    price: np.ndarray

    def places(self, articles: Sequence[Sequence[str]], width: int) -> np.ndarray:
        """Rows of articles, lists padded to `width` with -1 (so are articles that the log does not know)."""
        flat = [[self.place.get(article, -1) for article in served[:width]] for served in articles]
        return np.array([row + [-1] * (width - len(row)) for row in flat], np.int64).reshape(len(flat), width)

    def affinity(self, customers: np.ndarray, places: np.ndarray) -> np.ndarray:
        """How much of what they buy is like each article, 0 to 1.

        Args:
            customers: rows of `ids`, [S].
            places: rows of articles, [S, n]; -1: nobody likes what is not there.
        """
        who = np.repeat(customers, places.shape[1])
        what = np.maximum(places.ravel(), 0)
        found = np.zeros(len(who))
        for name, weight in self.weights.items():
            value = self.values[name][what]
            own = np.asarray(self.counts[name][who, value]).ravel()
            found += weight * (own + SMOOTHING * self.overall[name][value]) / (self.bought[who] + SMOOTHING)
        return np.where(places < 0, 0.0, found.reshape(places.shape))


def tastes(catalogue: Catalogue, n: int, seed: int) -> Tastes:
    """Tastes of `n` customers drawn from the warehouse, from all that has landed.

    Raises:
        MissingDataError: nothing is built yet.
        NoDataError: the warehouse has no purchases.
    """
    customers = _drawn(catalogue.read("marts.dim_customers", ["customer_key", "customer_id"]), n, seed)
    articles = catalogue.read("marts.dim_articles", ["article_key", "article_id", *WEIGHTS]).sort_by("article_id")
    lines = catalogue.read("marts.fct_transactions", ["customer_key", "article_key", "price", "n_lines"])
    if not lines.num_rows:
        raise NoDataError("The warehouse has no purchases to take tastes from; land some with `hm run FOLDER`.")
    who = _rows(lines["customer_key"], customers["customer_key"])
    what = _rows(lines["article_key"], articles["article_key"])
    times = lines["n_lines"].to_numpy().astype(float)
    price = _mean_price(what, times, lines["price"].cast(pa.float64()).to_numpy(), articles.num_rows)
    values = {name: _codes(articles[name]) for name in WEIGHTS}
    mine = who >= 0
    shape = customers.num_rows, articles.num_rows
    own = csr_matrix((times[mine], (who[mine], what[mine])), shape=shape)
    sold, bought = np.bincount(what, times, shape[1]), np.asarray(own.sum(1)).ravel()
    activity = np.sqrt(bought + 1)
    overall = {name: _one_hot(codes).T @ sold / sold.sum() for name, codes in values.items()}
    return Tastes(
        ids=np.array(customers["customer_id"].to_pylist(), object),
        activity=activity / activity.mean(),
        bought=bought,
        weights=_weights(overall),
        counts={name: own @ _one_hot(codes) for name, codes in values.items()},
        overall=overall,
        values=values,
        place={article: row for row, article in enumerate(articles["article_id"].to_pylist())},
        price=price,
    )


def _drawn(customers: pa.Table, n: int, seed: int) -> pa.Table:
    """`n` customers at random, the same for the same seed, ascending by id."""
    customers = customers.sort_by("customer_id")
    chosen = np.random.default_rng(seed).permutation(customers.num_rows)[:n]
    return customers.take(pa.array(np.sort(chosen)))


def _rows(keys: pa.ChunkedArray, among: pa.ChunkedArray) -> np.ndarray:
    """Row of each key in `among`; -1 where it is not there."""
    return pc.fill_null(pc.index_in(keys, value_set=among.combine_chunks()), -1).to_numpy().astype(np.int64)


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """Dense codes of a column's values; nothing is a value too."""
    text = pc.fill_null(column.cast(pa.string()), "").combine_chunks()
    return text.dictionary_encode().indices.to_numpy().astype(np.int64)


def _weights(overall: Mapping[str, np.ndarray]) -> dict[str, float]:
    """`WEIGHTS`, each times the chance that two purchases differ in it; evenly where none of them ever does."""
    told = {name: weight * (1 - float((overall[name] ** 2).sum())) for name, weight in WEIGHTS.items()}
    total = sum(told.values())
    return {name: weight / total if total > 1e-9 else 1 / len(WEIGHTS) for name, weight in told.items()}


def _one_hot(codes: np.ndarray) -> csr_matrix:
    """Articles x values."""
    return csr_matrix((np.ones(len(codes)), (np.arange(len(codes)), codes)))


def _mean_price(what: np.ndarray, times: np.ndarray, price: np.ndarray, articles: int) -> np.ndarray:
    sold = np.bincount(what, times, minlength=articles)
    return np.bincount(what, times * price, minlength=articles) / np.maximum(sold, 1)
