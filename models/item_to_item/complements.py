"""With an article: what the same baskets hold of other kinds.

Two articles of a large catalogue share few baskets, two kinds of article share many. So a kind is weighted by how often it
is bought with the asked article's kind, and within it an article by the baskets it shares and by how much it sells now.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix, diags_array

from models.candidates.base import CandidateBlock, Context
from models.candidates.marts import read
from models.candidates.select import rank_rows, top_of_dense
from models.decay import nano_weights
from models.evaluation.metrics import among, codes
from models.interactions import Interactions, day_number
from models.item_to_item.categories import CATEGORY, DECAY, category_of, sales_of, sales_place

BASKET_DAYS = 182
"""Baskets that are looked at, as in marts.article_pairs."""
LARGEST_BASKET = 30
"""Articles of a basket that counts, as `largest_paired_basket` of dbt."""


@dataclass(frozen=True)
class Complements:
    """weight(kind of a, kind of b) ** power × (cosine of baskets(a, b) + prior × share of b in the sales of its kind).

    Attributes:
        power: 0 lets every kind count the same, 1 as its baskets do; above, only the usual companions stay.
        prior: worth of what sells now beside what shared baskets.
        rare: percentile of sales (0 to 1) below which an article is too rare to be shown.
        popular: percentile above which it is so popular that it goes with everything.
        category: attribute that says the kind.
    """

    power: float = 0.5
    prior: float = 0.1
    rare: float = 0.25
    popular: float = 1.0
    category: str = CATEGORY

    def fit(self, context: Context, of: Interactions | None = None) -> "FittedComplements":
        """From shared baskets (marts.article_pairs), and kinds and sales of the log.

        Args:
            of: purchases whose kinds and sales count, such as those of a segment; all by default.
        """
        log = of or context.log
        kind = category_of(context.log.articles, self.category)
        sales = sales_of(log, context.as_of)
        place = sales_place(sales)
        of_kind = np.bincount(kind, weights=sales)[kind]
        share = np.divide(sales, of_kind, out=np.zeros_like(sales), where=of_kind > 0)
        weight = kind_weights(log, context, kind) ** self.power
        if len(weight) > 1:
            np.fill_diagonal(weight, 0)
        allowed = (place >= self.rare) & (place <= self.popular)
        return FittedComplements(kind, weight, share * self.prior, allowed, _pairs(context))


def kind_weights(log: Interactions, context: Context, kind: np.ndarray) -> np.ndarray:
    """Kinds × kinds: cosine of their baskets of the last half year, which halve in about three weeks (exp(-days/30))."""
    rows = log.last_days(context.as_of, BASKET_DAYS)
    basket = basket_numbers(rows)
    size = np.bincount(basket)
    keep = (size[basket] >= 2) & (size[basket] <= LARGEST_BASKET)
    holds = csr_matrix((np.ones(keep.sum()), (basket[keep], kind[rows.article[keep]])), shape=(len(size), kind.max() + 1))
    holds.data[:] = 1
    age = day_number(context.as_of) - rows.day[np.flatnonzero(np.diff(basket, prepend=-1))]
    together = (holds.T @ diags_array(nano_weights(DECAY, age) / 1e9) @ holds).toarray()
    alone = np.sqrt(together.diagonal())
    return np.divide(together, np.outer(alone, alone), out=np.zeros_like(together), where=together > 0)


def basket_numbers(rows: Interactions) -> np.ndarray:
    """Number of each row's basket, a customer's day; rows ascend by day and customer, so numbers ascend too."""
    begins = (np.diff(rows.day, prepend=-1) != 0) | (np.diff(rows.customer, prepend=-1) != 0)
    return np.cumsum(begins) - 1


@dataclass(frozen=True)
class Cosines:
    """Articles that share baskets: asked one, other one, cosine; in no order."""

    asked: np.ndarray
    other: np.ndarray
    cosine: np.ndarray


def _pairs(context: Context) -> Cosines:
    rows = read(context, "article_pairs")
    asked, other = (context.log.articles.index_of_keys(rows[f"{k}article_key"].to_numpy()) for k in ("", "paired_"))
    return Cosines(asked, other, rows["cosine"].to_numpy())


@dataclass(frozen=True)
class FittedComplements:
    """Ready to answer.

    Attributes:
        kind: of every article.
        weight: kinds × kinds, powered; 0 on the diagonal where there are several.
        share: of every article in the sales of its kind, times the prior.
        allowed: mask of the articles that may be shown.
        pairs: articles that share baskets.
    """

    kind: np.ndarray
    weight: np.ndarray
    share: np.ndarray
    allowed: np.ndarray
    pairs: Cosines

    def generate(self, articles: np.ndarray, k: int) -> CandidateBlock:
        """At most k articles with each one asked (ascending), which stand where customers do elsewhere."""
        chosen = np.zeros(len(self.kind), bool)
        chosen[articles] = True
        rows = chosen[self.pairs.asked] & self.allowed[self.pairs.other]
        asked, other = self.pairs.asked[rows], self.pairs.other[rows]
        score = self.weight[self.kind[asked], self.kind[other]] * (self.pairs.cosine[rows] + self.share[other])
        usual = self._usual(articles, k)
        known = np.sort(codes(asked, other, len(self.kind)))
        usual = usual.where(~among(known, codes(usual.customer, usual.article, len(self.kind))))
        return _best(
            np.concatenate([asked, usual.customer]),
            np.concatenate([other, usual.article]),
            np.concatenate([score.astype(np.float32), usual.score]),
            k,
        )

    def _usual(self, articles: np.ndarray, k: int) -> CandidateBlock:
        """The k + 1 articles that lead for the kind of each asked one, itself left out."""
        shown = np.flatnonzero(self.allowed & (self.share > 0)).astype(np.int32)
        if not len(shown):
            return CandidateBlock.empty()
        kinds = np.unique(self.kind[articles])
        scores = (self.weight[np.ix_(kinds, self.kind[shown])] * self.share[shown]).astype(np.float32)
        best = top_of_dense(kinds.astype(np.int32), scores, k + 1, shown)
        start, end = (np.searchsorted(best.customer, self.kind[articles], side=side) for side in ("left", "right"))
        n = end - start
        row = np.repeat(start - (np.cumsum(n) - n), n) + np.arange(n.sum())
        found = CandidateBlock(np.repeat(articles, n), best.article[row], best.rank[row], best.score[row])
        return found.where(found.customer != found.article)


def _best(asked: np.ndarray, other: np.ndarray, score: np.ndarray, k: int, at_once: int = 8192) -> CandidateBlock:
    """The k best of each asked article, some thousand articles at a time: so many fit a sort key of `rank_rows`."""
    order = np.argsort(asked, kind="stable")
    asked, other, score = asked[order], other[order], score[order]
    ends = np.searchsorted(asked, np.arange(0, int(asked.max(initial=0)) + 1 + at_once, at_once))
    parts = (slice(*part) for part in pairwise(ends))
    return CandidateBlock.concat(rank_rows(asked[p], other[p], score[p], k) for p in parts)
