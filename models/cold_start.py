"""What customers are shown who never bought: from what they told of themselves (age, club, news, ...) to articles.

A naive Bayes model in logarithms: what sells now among customers of about the same age, times, for every other attribute,
how much more than its due an article sells to those who share the customer's value of it. Counts are decayed lines, and
every ratio is drawn to 1 by some lines that nobody bought, so a rare value says little.

docs/cold-start.md has what it was measured against.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from models.candidates.base import Context
from models.candidates.scoring import ScoringSource
from models.decay import Decay, exponential, nano_weights
from models.interactions import Axis, Interactions, day_number
from models.ranking.groups import places
from models.ranking.lists import RankedLists

COLD_START = "cold_start"
"""Name of the source in recs.recommendations."""
ATTRIBUTES = ("club_member_status", "fashion_news_frequency", "fn", "active")
AREA = "postal_code"
"""Columns of dim_customers that are asked beside the age."""
COMMON = 100
"""Values of an attribute that are told apart, those with most purchases; a postal area of a handful of customers says
nothing of the next one, where a postal area is a whole country it says much."""
OLDEST = 100
NO_AGE = 0
"""Row of the customers whose age is not known; a known age has row age + 1."""


class ColdStart(ScoringSource):
    """Articles for customers of an age and of some attributes; needs no purchase of theirs.

    Args:
        decay: weight of a line, by its age in days, in what sells now among customers of an age.
        bandwidth: standard deviation, in years, of the weights of customers of other ages.
        age_prior: lines of the shop's overall mix that an age begins with.
        slow: weight of a line in an attribute's ratios.
        prior: lines that draw a ratio to 1.
        area_prior: the same of the postal area.
        articles: articles that may be recommended: those that sell best now.
    """

    name = COLD_START

    def __init__(
        self,
        decay: Decay = exponential(7),
        bandwidth: float = 2.0,
        age_prior: float = 50.0,
        slow: Decay = exponential(30),
        prior: float = 1000.0,
        area_prior: float = 30.0,
        articles: int = 1500,
    ):
        self.decay, self.bandwidth, self.age_prior = decay, bandwidth, age_prior
        self.slow, self.prior, self.area_prior, self.articles = slow, prior, area_prior, articles

    def _learn(self, context: Context) -> None:
        log, sales = context.log, context.log.article_weights(context.as_of, self.decay)
        best = np.argsort(-sales, kind="stable")[: self.articles]
        self._articles = np.sort(best[sales[best] > 0]).astype(np.int32)
        lines = Lines.of(log, context.as_of, self._articles)
        age = age_rows(log.customers)
        self._parts = [(age, self._by_age(lines.sold_to(age, OLDEST + 2, self.decay)))]
        priors = dict.fromkeys(ATTRIBUTES, self.prior) | {AREA: self.area_prior}
        for name in (n for n in priors if n in log.customers.attributes.column_names):
            value = common_values(log.customers.codes(name), log.customer)
            self._parts.append((value, self._ratios(lines.sold_to(value, COMMON + 1, self.slow), priors[name])))

    def _by_age(self, sold: np.ndarray) -> np.ndarray:
        """Logarithm of each article's share of what customers of about an age buy now; rows are ages."""
        overall = sold.sum(axis=0) / max(sold.sum(), 1e-9)
        years = np.arange(len(sold) - 1)
        near = np.exp(-0.5 * ((years[:, None] - years[None]) / self.bandwidth) ** 2)
        with threadpool_limits(1, "blas"):
            smooth = near @ sold[1:]
        share = (smooth + self.age_prior * overall) / (smooth.sum(axis=1, keepdims=True) + self.age_prior)
        return np.log(np.vstack([overall, share]) + 1e-12)

    def _ratios(self, sold: np.ndarray, prior: float) -> np.ndarray:
        """Logarithm of what a value's customers buy of each article against its due; 0 where the value is missing."""
        due = sold.sum(axis=1, keepdims=True) * sold.sum(axis=0) / max(sold.sum(), 1e-9)
        ratio = np.log((sold + prior) / (due + prior))
        ratio[0] = 0
        return ratio

    def _scores(self, customers: np.ndarray) -> np.ndarray:
        return np.exp(sum(part[row[customers]] for row, part in self._parts)).astype(np.float32)

    def _cells(self, customers: np.ndarray) -> int:
        return len(self._articles) * 3


def common_values(code: np.ndarray, customer: np.ndarray) -> np.ndarray:
    """Per customer: 1 for the commonest value, 2, ... up to `COMMON`; 0 for the others and where it is missing.

    Args:
        code: value of every customer, -1 where it is missing.
        customer: the customer of every purchase.
    """
    n = np.bincount(code[customer] + 1, minlength=int(code.max(initial=-1)) + 2)
    n[0] = 0
    best = np.argsort(-n, kind="stable")[:COMMON]
    best = best[n[best] > 0]
    place = np.zeros(len(n), np.int64)
    place[best] = np.arange(1, len(best) + 1)
    return place[code + 1]


@dataclass(frozen=True)
class Lines:
    """Lines of some articles: customer, place of the article among them, age in days, how many."""

    customer: np.ndarray
    place: np.ndarray
    age: np.ndarray
    n_lines: np.ndarray
    n_articles: int

    @classmethod
    def of(cls, log: Interactions, as_of, articles: np.ndarray) -> "Lines":
        """Of the articles (ascending), before the date."""
        place = np.full(len(log.articles), -1)
        place[articles] = np.arange(len(articles))
        rows = np.flatnonzero(place[log.article] >= 0)
        age = day_number(as_of) - log.day[rows]
        return cls(log.customer[rows], place[log.article[rows]], age, log.n_lines[rows], len(articles))

    def sold_to(self, row: np.ndarray, n_rows: int, decay: Decay) -> np.ndarray:
        """Decayed lines, float64 rows × articles, where each customer belongs to one row."""
        nano = nano_weights(decay, self.age) * self.n_lines
        cell = row[self.customer].astype(np.int64) * self.n_articles + self.place
        # Integers below 2^53 add up exactly in float64, whatever their order.
        total = np.bincount(cell, nano, minlength=n_rows * self.n_articles)
        return total.reshape(n_rows, self.n_articles) / 1e9


def age_rows(customers: Axis) -> np.ndarray:
    """Per customer: age in years + 1, at most `OLDEST` + 1; `NO_AGE` where it is not known."""
    if "age" not in customers.attributes.column_names:
        return np.full(len(customers), NO_AGE)
    age = pc.fill_null(pc.cast(customers.attributes["age"].combine_chunks(), pa.float64()), -1.0)
    years = np.nan_to_num(age.to_numpy(zero_copy_only=False), nan=-1.0)
    return np.where(years < 0, NO_AGE, np.minimum(years, OLDEST) + 1).astype(np.int64)


@dataclass(frozen=True)
class ColdStartPolicy:
    """Who is answered by the cold-start model instead of the ranker: customers without a purchase before the date.

    Attributes:
        model: fitted as of the date.
        is_cold: mask of the customers.
    """

    model: ColdStart
    is_cold: np.ndarray

    @classmethod
    def of(cls, context: Context) -> "ColdStartPolicy":
        """The policy as of a date."""
        is_cold = np.ones(len(context.log.customers), bool)
        is_cold[context.log.buyers] = False
        return cls(ColdStart().fit(context), is_cold)

    def answer(self, ranked: RankedLists, customers: np.ndarray, keep: int) -> RankedLists:
        """The ranked lists with those of the cold among `customers` (ascending) made by the model."""
        cold = customers[self.is_cold[customers]]
        if not len(cold):
            return ranked
        return replaced(ranked, self.is_cold, self.model.generate(cold, keep))


def replaced(ranked: RankedLists, whose: np.ndarray, block) -> RankedLists:
    """Lists of masked customers taken out, and those of a block put in, ascending by (customer, rank)."""
    kept = ~whose[ranked.customer]
    sources = (*ranked.sources, COLD_START)
    proposed = np.zeros((len(block), len(sources)), bool)
    proposed[:, -1] = True
    customer = np.concatenate([ranked.customer[kept], block.customer])
    order = np.argsort(customer, kind="stable")
    own = np.pad(ranked.proposed[kept], ((0, 0), (0, 1)))
    return RankedLists(
        customer=customer[order],
        article=np.concatenate([ranked.article[kept], block.article])[order],
        rank=(places(customer[order]) + 1).astype(np.int16),
        score=np.concatenate([ranked.score[kept], block.score])[order],
        source=np.concatenate([ranked.source[kept], np.full(len(block), len(sources) - 1)])[order],
        proposed=np.concatenate([own, proposed])[order],
        sources=sources,
    )
