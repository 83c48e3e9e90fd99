"""Instead of an article: others of its kind, near by who buys them and by what they are, and that sell."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

from models.axis import Axis
from models.candidates.base import CandidateBlock, Context
from models.candidates.factors import Als, right_singular_vectors
from models.candidates.neighbours import tf_idf
from models.candidates.select import slices, top_of_dense
from models.item_to_item.categories import CATEGORY, by_code, category_of, sales_of

ATTRIBUTES = (
    "product_type_name",
    "product_group_name",
    "graphical_appearance_name",
    "colour_group_name",
    "perceived_colour_master_name",
    "department_name",
    "section_name",
    "garment_group_name",
    "index_group_name",
)
WORDS = ("prod_name", "detail_desc")
DIMENSIONS = 64
"""Dimensions of what an article is: some thousand words and values, by singular value decomposition."""


@dataclass(frozen=True)
class Substitutes:
    """Cosine of two vectors side by side, behaviour (ALS, who buys it) and content (attributes and words), × sales ** power.

    Attributes:
        behaviour: weight of the first vector, from 0 (content alone) to 1.
        power: of an article's sales beside those of the best seller of its kind; 0 lets all count the same.
        within: articles that share this attribute may replace each other; None lets all.
    """

    behaviour: float = 0.5
    power: float = 1.0
    within: str | None = CATEGORY

    def fit(self, context: Context) -> "FittedSubstitutes":
        """Vectors of every article of the axis; one never sold still has its content."""
        articles = context.log.articles
        group = np.zeros(len(articles), np.int32) if self.within is None else category_of(articles, self.within)
        sales = sales_of(context.log, context.as_of)
        most = np.zeros(group.max(initial=0) + 1)
        np.maximum.at(most, group, sales)
        worth = np.divide(sales, most[group], out=np.zeros_like(sales), where=sales > 0) ** self.power
        return FittedSubstitutes(self._vectors(context), group, np.where(sales > 0, worth, 0).astype(np.float32))

    def _vectors(self, context: Context) -> np.ndarray:
        als = Als()
        bought = context.shared(als.key, lambda: als.fit(context)).articles
        described = context.shared("content of articles", lambda: content(context.log.articles))
        parts = [np.sqrt(self.behaviour) * _unit_rows(bought), np.sqrt(1 - self.behaviour) * described]
        return np.hstack(parts).astype(np.float32)


@dataclass(frozen=True)
class FittedSubstitutes:
    """Ready to answer.

    Attributes:
        vectors: articles × dimensions, float32.
        group: of every article; a list stays within it.
        worth: of every article beside the best seller of its group, 0 where it is not on sale.
    """

    vectors: np.ndarray
    group: np.ndarray
    worth: np.ndarray

    @property
    def on_sale(self) -> np.ndarray:
        """Articles that may be listed, ascending."""
        return np.flatnonzero(self.worth).astype(np.int32)

    def generate(self, articles: np.ndarray, k: int) -> CandidateBlock:
        """The k best other articles of each one asked (ascending), which stand where customers do elsewhere."""
        found = CandidateBlock.concat(self._compared(articles, k))
        order = np.argsort(found.customer, kind="stable")
        return found.where(order)

    def _compared(self, articles: np.ndarray, k: int) -> Iterator[CandidateBlock]:
        """Every pair of a group: groups are small, so this is exact and faster than an index over all."""
        offered = dict(by_code(self.group, self.on_sale))
        for code, asked in by_code(self.group, articles):
            if (others := offered.get(code)) is not None:
                for part in slices(asked, len(others)):
                    yield top_of_dense(part, self._scores(part, others), k, others)

    def _scores(self, asked: np.ndarray, others: np.ndarray) -> np.ndarray:
        with threadpool_limits(1, "blas"):
            scores = self.vectors[asked] @ self.vectors[others].T
        scores *= self.worth[others]
        scores[asked[:, None] == others] = 0
        return scores


def content(articles: Axis) -> np.ndarray:
    """What every article is: unit rows of articles × at most DIMENSIONS, float32, from attribute values and words by tf-idf;
    zeros where nothing is told."""
    told = [_one_hot(articles.codes(name)) for name in ATTRIBUTES] + _words(articles)
    told = [part for part in told if part.shape[1]]
    if not told:
        return np.zeros((len(articles), 1), np.float32)
    weighted = tf_idf(csr_matrix(hstack(told, format="csr", dtype=np.float32)))
    return _unit_rows(weighted @ right_singular_vectors(weighted, DIMENSIONS))


def _one_hot(code: np.ndarray) -> csr_matrix:
    known = np.flatnonzero(code >= 0)
    return csr_matrix((np.ones(len(known), np.float32), (known, code[known])), shape=(len(code), code.max(initial=-1) + 1))


def _words(articles: Axis) -> list[csr_matrix]:
    """Which words stand in the name and the description; a word of one article alone says nothing."""
    texts = [articles.attributes[name] for name in WORDS if name in articles.attributes.column_names]
    if not texts:
        return []
    joined = pc.binary_join_element_wise(*(pc.fill_null(text, "") for text in texts), " ").to_pylist()
    vectoriser = TfidfVectorizer(binary=True, use_idf=False, norm=None, min_df=2, max_features=20_000, dtype=np.float32)
    try:
        return [csr_matrix(vectoriser.fit_transform(joined))]
    except ValueError:  # no word is in two texts
        return []


def _unit_rows(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
