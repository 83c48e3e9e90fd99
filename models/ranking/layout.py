"""What fixes the feature columns of a run besides the tables' schemas: sources, category numbers and category names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.interactions import Axis
from models.ranking.marts import Tables, feature_columns

CATEGORY_MART = "customer_category_features"
LARGEST_VOCABULARY = 512
"""Categories with more values (product_code) are no LightGBM categoricals; their affinities carry them."""


@dataclass(frozen=True)
class Layout:
    """Kept with a run, so that the same column means the same at scoring.

    Attributes:
        sources: candidate sources, in the order of their features.
        categories: categories of the mart of customer × category, ascending.
        vocabularies: per categorical feature the category numbers that have a code, ascending; position is the code.
    """

    sources: tuple[str, ...]
    categories: tuple[str, ...]
    vocabularies: dict[str, list[int]]

    @classmethod
    def learn(cls, tables: Tables, articles: Axis, weeks: Iterable[date], sources: tuple[str, ...]) -> "Layout":
        """The layout of a training run over some weeks."""
        return cls(sources, categories_of(tables, weeks), vocabularies_of(articles))

    @classmethod
    def from_json(cls, told: dict) -> "Layout":
        """Back from run.json."""
        return cls(tuple(told["sources"]), tuple(told["categories"]), told["vocabularies"])


def categories_of(tables: Tables, dates: Iterable[date]) -> tuple[str, ...]:
    """Every category the mart of customer × category has on any of the dates, ascending."""
    found = [pc.unique(tables.read(f"marts.{CATEGORY_MART}", ["category"], as_of_date=d)["category"]) for d in dates]
    return tuple(sorted({name for names in found for name in names.to_pylist()}))


def vocabularies_of(articles: Axis) -> dict[str, list[int]]:
    """Category numbers of dim_articles with few enough values, ascending, per feature name."""
    found = {}
    for column in feature_columns(articles.attributes.schema):
        if not pa.types.is_integer(articles.attributes.schema.field(column).type):
            continue
        values = np.unique(articles.attributes[column].drop_null().to_numpy())
        if 1 < len(values) <= LARGEST_VOCABULARY:
            found[f"category.{column}"] = values.tolist()
    return found
