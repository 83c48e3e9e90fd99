"""The classic ladder on a log's last week: what sells, the own history, and what public notebooks put on top of it.

Every step is a heuristic of the competition's public write-ups; nothing here is learnt by the ranker. Their figures on H&M's
log are known, so their order and levels say how like another log is to it.
"""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix

from models.baselines import BASELINES, Filled, OwnHistory
from models.candidates.base import CandidateSource, Context, TableMarts, context_of
from models.candidates.neighbours import ItemKnn, UserKnn
from models.candidates.scoring import LinkSource
from models.candidates.select import top_of_sparse
from models.decay import exponential
from models.evaluation.metrics import per_buyer
from models.interactions import LABEL_DAYS, Interactions

SEEN_DAYS = 182
"""History that is looked at: beyond 180 days the decays below leave nothing."""
KNN_DAYS = 60
_DECAY = exponential(30)


class Pairs(LinkSource):
    """What the same customers bought most often beside what the customer bought, in the last five weeks."""

    name = "pairs"

    def __init__(self, days: int = 35, per_article: int = 2):
        self.days, self.per_article = days, per_article

    def _learn(self, context: Context) -> None:
        recent = context.log.last_days(context.as_of, self.days).pairs
        together = csr_matrix((np.ones(len(recent.article)), (recent.customer, recent.article)), shape=context.log.shape)
        self._weights, self._links = context.decayed(_DECAY), _leading(csr_matrix(together.T @ together), self.per_article)


def _leading(counts: csr_matrix, n: int) -> csr_matrix:
    """The n largest entries of each row but its diagonal, as shares of the diagonal; ties by column."""
    own = counts.diagonal()
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    keep = (row != counts.indices) & (counts.data > 1)
    row, column, count = row[keep], counts.indices[keep], counts.data[keep]
    order = np.lexsort((column, -count, row))
    row, column, count = row[order], column[order], count[order]
    start = np.flatnonzero(np.diff(row, prepend=-1))
    first = np.arange(len(row)) - np.repeat(start, np.diff(start, append=len(row))) < n
    share = (count / own[row]).astype(np.float32)
    return csr_matrix((share[first], (row[first], column[first])), shape=counts.shape)


class AgePopular(LinkSource):
    """What sold in the last week to customers of the same five years of age."""

    name = "age_popular"

    def __init__(self, articles: int = 60):
        self.articles = articles

    def _learn(self, context: Context) -> None:
        log, week = context.log, context.log.last_days(context.as_of, LABEL_DAYS)
        age_bin = _age_bins(log)
        shape = (int(age_bin.max(initial=0)) + 1, log.shape[1])
        sold = csr_matrix((week.n_lines.astype(np.float32), (age_bin[week.customer], week.article)), shape=shape)
        sold.sum_duplicates()
        best = top_of_sparse(np.arange(shape[0], dtype=np.int32), sold, self.articles)
        self._links = csr_matrix((best.score, (best.customer, best.article)), shape=shape)
        each = np.arange(len(age_bin))
        self._weights = csr_matrix((np.ones(len(each), np.float32), (each, age_bin)), shape=(len(each), shape[0]))


def _age_bins(log: Interactions) -> np.ndarray:
    """Age in steps of five years, 0 where it is not known."""
    age = pc.cast(pc.replace_with_mask(*_blank_as_zero(log.customers.attributes["age"])), pa.float64())
    return age.to_numpy().astype(np.int64) // 5


def _blank_as_zero(age: pa.ChunkedArray) -> tuple[pa.Array, pa.Array, pa.Scalar]:
    age = age.combine_chunks()
    return age, pc.equal(age, ""), pa.scalar("0")


def _own() -> CandidateSource:
    return OwnHistory(_DECAY)


def _popular() -> CandidateSource:
    return BASELINES["popular last week"].make()


def steps() -> Iterator[tuple[str, CandidateSource]]:
    """The ladder from its foot, by name."""
    yield "popular last week", _popular()
    yield "own history decayed", _own()
    yield "own history, then popular", Filled(_own(), _popular())
    yield "own history, pairs, popular", Filled(Filled(_own(), Pairs()), _popular())
    yield "own history, pairs, popular at the age", Filled(Filled(_own(), Pairs()), AgePopular())
    yield "item-kNN of 60 days", ItemKnn(10, _DECAY)
    yield "user-kNN of 60 days", UserKnn(1000, _DECAY, pool=1_000_000)


def ladder(log: Interactions) -> dict[str, float]:
    """MAP@12 (set truth, buyers only) of each step on the last seven days of the log; nothing of them is seen."""
    as_of = log.next_day - timedelta(days=LABEL_DAYS)
    truth = log.labels(as_of)
    seen = log.between(as_of - timedelta(days=SEEN_DAYS), as_of)
    contexts = {False: context_of(seen, as_of, TableMarts({}))}
    contexts[True] = context_of(seen.last_days(as_of, KNN_DAYS), as_of, TableMarts({}))
    found = {}
    for name, source in steps():
        lists = source.fit(contexts["kNN" in name]).generate(truth.customer, 12)
        found[f"MAP@12: {name}"] = float(np.mean(per_buyer(lists, truth, len(log.articles))["map_at_12"]))
    return found | _steps_taken(list(found.values()))


def _steps_taken(maps: list[float]) -> dict[str, float]:
    """What the pairs and the age add to what is without them."""
    _, _, filled, pairs, aged, *_ = maps
    return {
        "MAP@12: pairs against none": pairs / filled if filled else float("nan"),
        "MAP@12: the age against none": aged / pairs if pairs else float("nan"),
    }
