"""The features of proposals as of a date: every number the marts offer, joined by index in blocks of fixed memory."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa

from infra.errors import UserError
from models.interactions import ARTICLES, Axis, Interactions
from models.ranking.groups import Affinities, ArticleCategories, ByCode, ByIndex, FeatureGroup, OwnPairs, SourceOpinions
from models.ranking.layout import CATEGORY_MART, Layout
from models.ranking.marts import MartPart, Tables, feature_columns, float_matrix, read_mart, read_mart_of
from models.ranking.proposals import Proposals
from models.ranking.together import ArticlePairs, BoughtTogether, recent_articles

CUSTOMER_MARTS = {"customer": "customer_features", "rfm": "customer_rfm"}
"""Prefix of the features -> mart with one row per customer."""


class UnknownCategoryError(UserError):
    """The mart of customer × category names a category that dim_articles does not hold."""


@dataclass(frozen=True)
class ArticleSide:
    """What does not depend on the customers: opened once per date, shared by all blocks.

    Attributes:
        tables: the warehouse.
        log: purchases before `as_of`.
        as_of: first day that may not be seen.
        layout: what the columns are.
    """

    tables: Tables
    log: Interactions
    as_of: date
    layout: Layout

    @classmethod
    def open(cls, tables: Tables, log: Interactions, as_of: date, layout: Layout) -> "ArticleSide":
        """Whatever the log holds, only what was seen before the date is looked at."""
        return cls(tables, log.before(as_of), as_of, layout)

    @cached_property
    def groups(self) -> list[FeatureGroup]:
        """Groups that look at the article only."""
        mart = read_mart(self.tables, "article_features", self.as_of, ["article_key"])
        features = by_index("article", mart, self.log.articles)
        return [features, article_categories(self.log.articles, self.layout.vocabularies)]

    @cached_property
    def pairs(self) -> ArticlePairs:
        """The mart of articles bought together."""
        mart = read_mart(self.tables, "article_pairs", self.as_of, ["article_key", "paired_article_key"])
        axis = self.log.articles
        index = [mart.index(key, axis) for key in ("article_key", "paired_article_key")]
        return ArticlePairs.make(mart.columns, *index, mart.values, len(axis))

    def of(self, customers: np.ndarray) -> "Features":
        """Features of proposals to these customers (indices, ascending); loads what the marts know of them."""
        wanted = np.zeros(len(self.log.customers), bool)
        wanted[customers] = True
        wanted_key = self.log.customers.mask_of_keys(customers)
        together = BoughtTogether(self.pairs, recent_articles(self.log, wanted), len(self.log.articles))
        groups = [
            SourceOpinions(self.layout.sources),
            self._own_pairs(wanted_key),
            *self._customer_groups(wanted_key),
            *self.groups,
            self._affinities(wanted_key),
            together,
        ]
        return Features(groups, tuple(self.layout.vocabularies))

    def _customer_groups(self, wanted: np.ndarray) -> list[FeatureGroup]:
        axis = self.log.customers
        marts = {
            prefix: read_mart_of(self.tables, mart, self.as_of, ["customer_key"], wanted)
            for prefix, mart in CUSTOMER_MARTS.items()
        }
        return [by_index(prefix, mart, axis) for prefix, mart in marts.items()] + [person(axis)]

    def _own_pairs(self, wanted: np.ndarray) -> OwnPairs:
        keys = ["customer_key", "article_key"]
        mart = read_mart_of(self.tables, "customer_article_features", self.as_of, keys, wanted)
        n_articles = len(self.log.articles)
        code = mart.index(keys[0], self.log.customers).astype(np.int64) * n_articles + mart.index(keys[1], self.log.articles)
        return OwnPairs(ByCode.make([f"own.{c}" for c in mart.columns], code, mart.values), n_articles)

    def _affinities(self, wanted: np.ndarray) -> Affinities:
        keys = ["customer_key", "category", "category_value"]
        mart = read_mart_of(self.tables, CATEGORY_MART, self.as_of, keys, wanted)
        return affinities(mart, self.log, self.layout.categories)


@dataclass(frozen=True)
class Features:
    """Feature groups opened for some customers."""

    groups: list[FeatureGroup]
    categorical: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(name for group in self.groups for name in group.names)

    def matrix(self, proposals: Proposals, out: np.ndarray | None = None) -> np.ndarray:
        """float32 proposals × features, into `out` where it is given; NaN where a table has no row for it."""
        out = np.empty((len(proposals), len(self.names)), np.float32) if out is None else out
        start = 0
        for group in self.groups:
            group.fill(proposals, out[:, start : start + len(group.names)])
            start += len(group.names)
        return out


def by_index(prefix: str, mart: MartPart, axis: Axis) -> ByIndex:
    """A mart with one row per customer or per article."""
    side = "customer" if "customer_key" in mart.table.column_names else "article"
    names = [f"{prefix}.{c}" for c in mart.columns]
    return ByIndex.make(names, side, mart.index(f"{side}_key", axis), mart.values, len(axis))


def person(customers: Axis) -> ByIndex:
    """The numbers of dim_customers: age and what else is known of a customer without a purchase."""
    columns = feature_columns(customers.attributes.schema)
    values = float_matrix(customers.attributes, columns)
    everyone = np.arange(len(customers))
    return ByIndex.make([f"person.{c}" for c in columns], "customer", everyone, values, len(customers))


def article_categories(articles: Axis, vocabularies: dict[str, list[int]]) -> ArticleCategories:
    """Codes of every article's category numbers."""
    codes = np.full((len(articles), len(vocabularies)), np.nan, np.float32)
    for i, (name, known) in enumerate(vocabularies.items()):
        value = float_matrix(articles.attributes, [name.removeprefix("category.")])[:, 0]
        place = np.searchsorted(known, value)
        hit = np.flatnonzero((place < len(known)) & (np.array([*known, 0])[np.minimum(place, len(known))] == value))
        codes[hit, i] = place[hit]
    return ArticleCategories(codes, list(vocabularies))


def check_category(articles: Axis, category: str) -> None:
    """That dim_articles has the category's number.

    Raises:
        UnknownCategoryError: it has not.
    """
    schema = articles.attributes.schema
    if category not in schema.names or not pa.types.is_integer(schema.field(category).type):
        raise UnknownCategoryError(
            f"{CATEGORY_MART} has the category {category!r}, which is no number column of {ARTICLES}; name it as there."
        )


def affinities(mart: MartPart, log: Interactions, categories: tuple[str, ...]) -> Affinities:
    """The mart of customer × category, one block of columns per category; a category without rows is missing values."""
    category = mart.table["category"].combine_chunks().dictionary_encode()
    found = category.dictionary.to_pylist()
    customer = mart.index("customer_key", log.customers).astype(np.int64)
    number, values = mart.table["category_value"].to_numpy(), mart.values
    rows, of_article, sizes = {}, {}, {}
    for name in sorted({*found, *categories}):
        mine = np.flatnonzero(category.indices.to_numpy() == found.index(name)) if name in found else np.zeros(0, np.int64)
        check_category(log.articles, name)
        known, of_article[name] = dense_values(log.articles, name)
        sizes[name] = len(known)
        code = customer[mine] * len(known) + np.searchsorted(known, number[mine])
        rows[name] = ByCode.make([f"affinity.{name}.{c}" for c in mart.columns], code, values[mine])
    return Affinities(rows, of_article, sizes)


def dense_values(articles: Axis, column: str) -> tuple[np.ndarray, np.ndarray]:
    """(distinct values ascending, each article's place among them or -1 where null)."""
    values = articles.attributes[column].combine_chunks()
    known = np.unique(values.drop_null().to_numpy())
    place = np.searchsorted(known, values.fill_null(0).to_numpy())
    return known, np.where(values.is_null().to_numpy(zero_copy_only=False), -1, place)
