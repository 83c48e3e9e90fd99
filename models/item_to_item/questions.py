"""Held-out questions: what was bought with an article, or instead of it next time, in a week that no list has seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from models.candidates.base import CandidateBlock
from models.evaluation.metrics import K, among, codes, per_buyer
from models.interactions import LABEL_DAYS, Interactions, Truth
from models.item_to_item.complements import LARGEST_BASKET, basket_numbers

MOST = 20_000
"""Questions of one kind and week: a sample of so many tells MAP@12 within some 0.001."""
LOOKED_AT_DAYS = 28
SEED = 7


@dataclass(frozen=True)
class Questions:
    """Row i: the article `asked[i]` of customer `customer[i]`; row i of the truth is what they bought.

    Attributes:
        asked, customer: one per question.
        truth: its `customer` is the number of the question.
    """

    asked: np.ndarray
    customer: np.ndarray
    truth: Truth

    def __len__(self) -> int:
        return len(self.asked)

    def score(self, lists: CandidateBlock, n_articles: int) -> Mapping[str, np.ndarray]:
        """Metrics per question (`models.evaluation.metrics.per_buyer`).

        Args:
            lists: of articles, ascending; a question whose article has none scores 0.
        """
        lists = lists.top(K)
        start, end = (np.searchsorted(lists.customer, self.asked, side=side) for side in ("left", "right"))
        n = end - start
        row = np.repeat(start - (np.cumsum(n) - n), n) + np.arange(n.sum())
        number = np.repeat(np.arange(len(self), dtype=np.int32), n)
        return per_buyer(
            CandidateBlock(number, lists.article[row], lists.rank[row], lists.score[row]), self.truth, n_articles
        )


def with_it(log: Interactions, as_of: date, kind: np.ndarray, most: int = MOST) -> Questions:
    """Of a basket of the week from `as_of` on, one article is asked; true are its articles of other kinds.

    Args:
        kind: of every article; with one kind only, all other articles are true.
    """
    rows = log.between(as_of, as_of + timedelta(days=LABEL_DAYS))
    basket = basket_numbers(rows)
    size = np.bincount(basket)
    asked = _sample(np.flatnonzero((size[basket] >= 2) & (size[basket] <= LARGEST_BASKET)), most)
    first = np.searchsorted(basket, basket[asked])
    n = size[basket[asked]]
    question = np.repeat(np.arange(len(asked)), n)
    other = np.repeat(first - (np.cumsum(n) - n), n) + np.arange(n.sum())
    one_kind = kind.max(initial=0) == 0
    differs = kind[rows.article[other]] != kind[rows.article[asked]][question]
    keep = (other != asked[question]) & (differs | one_kind)
    return _questions(rows.article[asked], rows.customer[asked], question[keep], rows.article[other[keep]])


def instead_of_it(log: Interactions, as_of: date, kind: np.ndarray, most: int = MOST) -> Questions:
    """An article bought in the four weeks before `as_of` is asked; true are others of its kind that its buyer took in the
    week from then on and had never bought before: what they chose when they wanted such a thing again.
    """
    bought = log.last_days(as_of, LOOKED_AT_DAYS).pairs
    week, known = log.labels(as_of), log.before(as_of).pairs
    n_articles = len(log.articles)
    before = codes(known.customer, known.article, n_articles)
    new = ~among(before, codes(week.pair_customer, week.article, n_articles))
    customer, article = week.pair_customer[new], week.article[new]
    start, end = (np.searchsorted(customer, bought.customer, side=side) for side in ("left", "right"))
    asked = _sample(np.flatnonzero(end > start), most)
    n = (end - start)[asked]
    question = np.repeat(np.arange(len(asked)), n)
    row = np.repeat(start[asked] - (np.cumsum(n) - n), n) + np.arange(n.sum())
    keep = kind[article[row]] == kind[bought.article[asked]][question]
    return _questions(bought.article[asked], bought.customer[asked], question[keep], article[row[keep]])


def _questions(asked: np.ndarray, customer: np.ndarray, question: np.ndarray, article: np.ndarray) -> Questions:
    """Those that have an answer; `question` ascends."""
    answered, start = np.unique(question, return_index=True)
    start = np.append(start, len(question)).astype(np.int64)
    number = np.arange(len(answered), dtype=np.int32)
    truth = Truth(number, start, article.astype(np.int32), np.ones(len(article), np.int32))
    return Questions(asked[answered], customer[answered], truth)


def _sample(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many, ascending."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(SEED).choice(rows, most, replace=False))
