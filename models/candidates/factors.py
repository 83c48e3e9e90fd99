"""Factor models searched by FAISS: customers and articles as vectors, candidates by inner product."""

from typing import Literal, Self

import faiss
import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from models.candidates.base import CandidateBlock, Context
from models.candidates.scoring import bought, without_bought
from models.candidates.select import rank_rows, slices
from models.decay import Decay, exponential

IndexKind = Literal["flat", "ivf"]
SEED = 7


class ArticleIndex:
    """Article vectors searched by inner product.

    `flat` is exact; `ivf` looks into the `probes` nearest of √articles cells: several times faster on a large catalogue, but
    the largest inner products often lie in other cells (of 60 among 26,000 articles it finds 7 of 10).
    """

    def __init__(self, articles: np.ndarray, vectors: np.ndarray, kind: IndexKind = "flat", probes: int = 16):
        self.articles = articles
        vectors = np.ascontiguousarray(vectors, np.float32)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        if kind == "ivf" and len(vectors) > 0:
            cells = max(1, int(np.sqrt(len(vectors))))
            self._index = faiss.IndexIVFFlat(self._index, vectors.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
            self._index.nprobe = min(probes, cells)
            self._index.train(vectors)
        self._index.add(vectors)

    def search(self, customers: np.ndarray, queries: np.ndarray, k: int) -> CandidateBlock:
        """The k articles with the highest positive inner product for each query; row i is customers[i]."""
        k = min(k, len(self.articles))
        if k == 0 or len(customers) == 0:
            return CandidateBlock.empty()
        with threadpool_limits(1, "blas"):
            score, place = self._index.search(np.ascontiguousarray(queries, np.float32), k)
        found = place.ravel() >= 0
        customer = np.repeat(customers, k)[found]
        return rank_rows(customer, self.articles[place.ravel()[found]], score.ravel()[found], k)


class FactorSource:
    """A source whose customers and articles are vectors; a subclass gives `_learn` and `_queries`."""

    name: str
    index_kind: IndexKind = "flat"
    on_sale_days: int = 60
    """Articles that did not sell for so long are not searched: a fashion shop no longer has them."""

    def fit(self, context: Context):
        """Learn the vectors from what was seen before `context.as_of` and index the articles on sale that have one."""
        self._bought = None if context.allow_repeats else bought(context)
        self._known = np.zeros(context.log.shape[0], bool)
        self._known[context.log.buyers] = True
        vectors = self._learn(context)
        on_sale = context.log.last_days(context.as_of, self.on_sale_days).sold
        known = on_sale[vectors[on_sale].any(axis=1)]
        self._index = ArticleIndex(known, vectors[known], self.index_kind)
        return self

    def generate(self, customers: np.ndarray, k: int) -> CandidateBlock:
        """At most k articles per customer with a history, best first."""
        customers = customers[self._known[customers]]
        return CandidateBlock.concat(self._best(part, k) for part in slices(customers, 4 * k + 1024))

    def _best(self, customers: np.ndarray, k: int) -> CandidateBlock:
        queries = self._queries(customers)
        if self._bought is None:
            return self._index.search(customers, queries, k)
        owned = int(np.diff(self._bought.indptr)[customers].max())
        return without_bought(self._index.search(customers, queries, k + owned), self._bought, k)

    def _learn(self, context: Context) -> np.ndarray:
        """Article vectors, one row per article of the axis."""
        raise NotImplementedError

    def _queries(self, customers: np.ndarray) -> np.ndarray:
        """Customer vectors."""
        raise NotImplementedError


class PureSvd(FactorSource):
    """Truncated SVD of the decayed purchase matrix; a customer's vector is the history times the article factors."""

    name = "pure_svd"

    def __init__(self, factors: int = 128, decay: Decay = exponential(60)):
        self.factors, self.decay = factors, decay

    def _learn(self, context: Context) -> np.ndarray:
        self._history = context.decayed(self.decay)
        self._vectors = right_singular_vectors(self._history, self.factors)
        return self._vectors

    def _queries(self, customers: np.ndarray) -> np.ndarray:
        return self._history[customers] @ self._vectors


def right_singular_vectors(matrix: csr_matrix, k: int, passes: int = 2, spare: int = 16) -> np.ndarray:
    """The k strongest right singular vectors (columns × k, float32), by subspace iteration on the columns' side.

    Randomised as in Halko, Martinsson, Tropp 2011 (arXiv 0909.4061), but only columns × (k + spare) numbers are ever
    held densely, however many rows there are.
    """
    width = min(k + spare, *matrix.shape)
    start = np.random.default_rng(SEED).standard_normal((matrix.shape[1], width), np.float32)
    with threadpool_limits(1, "blas"):
        for _ in range(passes):
            basis, _ = np.linalg.qr(_gram_times(matrix, start))
            start = basis
        small = basis.T @ _gram_times(matrix, basis)
        values, rotation = np.linalg.eigh((small + small.T) / 2)
        strongest = np.argsort(-values, kind="stable")[: min(k, width)]
        return np.ascontiguousarray(basis @ rotation[:, strongest], np.float32)


def _gram_times(matrix: csr_matrix, block: np.ndarray, rows: int = 65_536) -> np.ndarray:
    """matrix.T @ matrix @ block, by slices of rows."""
    total = np.zeros_like(block)
    for start in range(0, matrix.shape[0], rows):
        part = matrix[start : start + rows]
        total += part.T @ (part @ block)
    return total


class Als:
    """Implicit-feedback ALS (Hu, Koren, Volinsky 2008) by `implicit`: confidence = 1 + alpha × decayed lines.

    Args:
        window_days: learn article vectors from the last days only and fold every customer in from the whole history;
            None learns from everything.
    """

    def __init__(
        self,
        factors: int = 96,
        iterations: int = 3,
        alpha: float = 5.0,
        regularization: float = 1.0,
        decay: Decay = exponential(60),
        window_days: int | None = 60,
    ):
        self.window_days, self.decay = window_days, decay
        self._settings = {"factors": factors, "iterations": iterations, "alpha": alpha, "regularization": regularization}

    @property
    def key(self) -> tuple:
        """What tells two factorisations of one context apart."""
        return ("als", *sorted(self._settings.items()), self.decay, self.window_days)

    def fit(self, context: Context) -> "Als":
        """Factorise; one BLAS thread, the rows in parallel, so the bits do not depend on the number of cores."""
        self.history = context.decayed(self.decay)
        seen = self.history
        if self.window_days:
            seen = (
                context.log.last_days(context.as_of, self.window_days).decayed(context.as_of, self.decay).astype(np.float32)
            )
        return self._factorised(seen)

    def _factorised(self, seen: csr_matrix) -> Self:
        with threadpool_limits(1, "blas"):
            self._model = AlternatingLeastSquares(**self._settings, random_state=SEED, use_gpu=False)
            self._model.fit(seen, show_progress=False)
        self.articles = np.asarray(self._model.item_factors)
        return self

    def customers(self, customers: np.ndarray) -> np.ndarray:
        """Vectors of some customers."""
        if not self.window_days:
            return np.asarray(self._model.user_factors)[customers]
        with threadpool_limits(1, "blas"):
            return np.asarray(self._model.recalculate_user(customers, self.history[customers]))


class UserCf(FactorSource):
    """ALS: the articles nearest to the customer's vector."""

    name = "user_cf"

    def __init__(self, als: Als | None = None):
        self._als = als or Als()

    def _learn(self, context: Context) -> np.ndarray:
        self._als = context.shared(self._als.key, lambda: self._als.fit(context))
        return self._als.articles

    def _queries(self, customers: np.ndarray) -> np.ndarray:
        return self._als.customers(customers)


class ItemCf(FactorSource):
    """ALS: the articles nearest to the mean of the vectors of what the customer bought, weighted by the decayed lines."""

    name = "item_cf"

    def __init__(self, als: Als | None = None):
        self._als = als or Als()

    def _learn(self, context: Context) -> np.ndarray:
        self._als = context.shared(self._als.key, lambda: self._als.fit(context))
        weights = np.asarray(self._als.history.sum(axis=1)).ravel()
        self._scale = (1 / np.maximum(weights, 1e-12)).astype(np.float32)
        return self._als.articles

    def _queries(self, customers: np.ndarray) -> np.ndarray:
        return (self._als.history[customers] @ self._als.articles) * self._scale[customers, None]
