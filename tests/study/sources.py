"""Sources that are judged on their own: the product's, and variants of them that the product has no code path for."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from models import candidates
from models.baselines import BestSellers, Filled, OwnHistory
from models.candidates.base import CandidateSource, Context
from models.candidates.factors import Als, UserCf
from models.candidates.neighbours import tf_idf
from models.candidates.popular import PopularSegment
from models.candidates.scoring import LinkSource
from models.decay import exponential, flat, reciprocal


class VariantAls(Als):
    """ALS over a matrix made of the decayed lines, and with folding in as an option of its own.

    Args:
        cells: decayed lines (customer × article) -> what is factorised.
        fold_in: customers' vectors solved from their whole history; else those of the training, where only customers who
            bought in the window have one.
    """

    def __init__(self, cells: Callable[[csr_matrix], csr_matrix] = lambda lines: lines, fold_in: bool = True, **settings):
        super().__init__(**settings)
        self.cells, self.fold_in = cells, fold_in

    @property
    def key(self) -> tuple:
        return (*super().key, self.cells, self.fold_in)

    def fit(self, context: Context) -> "VariantAls":
        """As the product's, with `cells` between the decayed lines and the factorisation."""
        self.history = self.cells(context.decayed(self.decay))
        seen = self.history
        if self.window_days:
            recent = context.log.last_days(context.as_of, self.window_days)
            seen = self.cells(recent.decayed(context.as_of, self.decay).astype(np.float32))
        return self._factorised(seen)

    def customers(self, customers: np.ndarray) -> np.ndarray:
        """Vectors of some customers."""
        return super().customers(customers) if self.fold_in else np.asarray(self._model.user_factors)[customers]


def binary(lines: csr_matrix) -> csr_matrix:
    """1 where anything was bought."""
    return csr_matrix((np.ones_like(lines.data), lines.indices, lines.indptr), shape=lines.shape)


def log_counts(lines: csr_matrix) -> csr_matrix:
    """log(1 + lines)."""
    return csr_matrix((np.log1p(lines.data), lines.indices, lines.indptr), shape=lines.shape)


class PopularBy(LinkSource):
    """Best sellers, lines weighted by 1 / days, among the customers of one group.

    Args:
        of: context -> group of every customer (int, below 0: none, who gets nothing).
    """

    name = "popular_by"

    def __init__(self, of: Callable[[Context], np.ndarray]):
        self.of = of

    def _learn(self, context: Context) -> None:
        group = self.of(context)
        known = np.flatnonzero(group >= 0)
        ones, shape = np.ones(len(known), np.float32), (len(group), int(group.max(initial=0)) + 1)
        self._weights = csr_matrix((ones, (known, group[known])), shape=shape)
        self._links = csr_matrix(self._weights.T @ context.decayed(reciprocal))
        self._links.sort_indices()


def attribute(name: str) -> Callable[[Context], np.ndarray]:
    """Groups by a column of dim_customers."""
    return lambda context: context.log.customers.codes(name)


def channel(context: Context) -> np.ndarray:
    """1 where most lines were bought online, 0 in stores, -1 without a purchase."""
    mart = context.marts.read("customer_features", ["customer_key", "online_share"])
    return _by_key(context, mart, mart["online_share"].to_numpy() > 0.5)


def rfm(context: Context) -> np.ndarray:
    """Segments of marts.customer_rfm; without a purchase -1."""
    mart = context.marts.read("customer_rfm", ["customer_key", "segment"])
    return _by_key(context, mart, np.unique(mart["segment"].to_pylist(), return_inverse=True)[1])


def _by_key(context: Context, mart, value: np.ndarray) -> np.ndarray:
    group = np.full(len(context.log.customers), -1)
    group[context.log.customers.index_of_keys(mart["customer_key"].to_numpy())] = value
    return group


def als(**changed) -> Callable[[], CandidateSource]:
    """user_cf with another ALS."""
    return lambda: UserCf(VariantAls(**changed))


def filled(make: Callable[[], CandidateSource]) -> Callable[[], CandidateSource]:
    """A source completed by the best sellers: a policy must fill a list."""
    return lambda: Filled(make(), BestSellers(reciprocal))


def own_then(make: Callable[[], CandidateSource]) -> Callable[[], CandidateSource]:
    """The customer's own articles, decayed by 1 / days, then another source's."""
    return lambda: Filled(OwnHistory(reciprocal), filled(make)())


ALS = {
    "als": als(),
    **{f"window {days} days": als(window_days=days) for days in (14, 30, 120, 240)},
    "no window": als(window_days=None),
    "no decay": als(decay=flat),
    "decay 1/days": als(decay=reciprocal),
    **{f"decay exp(-days/{tau})": als(decay=exponential(tau)) for tau in (15, 30, 120)},
    **{f"{n} factors": als(factors=n) for n in (32, 64, 192, 256)},
    **{f"{n} iterations": als(iterations=n) for n in (1, 8, 15)},
    "tf-idf of the decayed lines": als(cells=tf_idf),
    "tf-idf, alpha 40": als(cells=tf_idf, alpha=40.0),
    "no fold-in": als(fold_in=False),
    "binary, no decay": als(decay=flat, cells=binary),
    "log(1 + lines), no decay": als(decay=flat, cells=log_counts),
    "tf-idf, window 30 days, decay 1/days": als(cells=tf_idf, window_days=30, decay=reciprocal),
}
"""user_cf with another ALS; `no decay` counts purchases, to be held against `binary, no decay`."""

POLICIES = {
    "segment": filled(PopularSegment),
    "own, then age": own_then(lambda: PopularBy(attribute("age_bin"))),
    "own, then segment": own_then(PopularSegment),
    "popular": lambda: BestSellers(reciprocal),
    "age": filled(lambda: PopularBy(attribute("age_bin"))),
    "postal area": filled(lambda: PopularBy(attribute("postal_code"))),
    "rfm": filled(lambda: PopularBy(rfm)),
    "channel": filled(lambda: PopularBy(channel)),
}

VARIANTS: dict[str, Callable[[], CandidateSource]] = {
    **{name: lambda name=name: candidates.SOURCES[name].make() for name in candidates.SOURCES},
    **ALS,
    **POLICIES,
}
"""Name -> a source, not fitted yet."""
