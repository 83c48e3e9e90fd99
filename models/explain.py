"""Why a customer is shown an article, or is not: the steps of `models.recommend`, walked again for one customer.

Candidates of the newest date are streamed and not stored, so they are made again, by the same sources fitted on the same
days, for the block of customers that the recommendations were made in: ranks and scores come out the same.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from models.candidates.base import CandidateBlock
from models.interactions import Axis, day_number
from models.ranking.groups import find
from models.ranking.leave_out import group_of
from models.ranking.lists import SHOWN, RankedLists, best
from models.ranking.proposals import Proposals
from models.ranking.score import Reading, Scorer
from models.reasons import history_words
from models.recommend import KEEP, Recommender
from warehouse.schemas.recs import RECOMMENDATIONS

DEEPEST = 10_000
"""How far down a source's own ranking an article is looked for that it did not propose; ranks are 16-bit numbers."""
NEVER_BOUGHT = "they never bought, so the cold-start model ranks what customers of their age and attributes buy"
SAME_SCORE = 1e-6

NEEDS = {
    "repurchase": "they have not bought it",
    "popular": "it is not among the best sellers",
    "popular_segment": "it does not sell to their age group and channel in the index groups they buy from",
    "co_purchase": "it does not go into one basket with what they bought",
    "same_product": "they bought no other version of it",
    "item_knn": "it is not near any article they bought",
    "ridge": "what they bought does not speak for it, or it sold too little lately to take part",
    "pure_svd": "its vector does not point their way, or it has none",
    "user_cf": "its vector does not point their way, or it has none (not sold lately)",
    "item_cf": "its vector does not point their way, or it has none (not sold lately)",
    "user_knn": "none of the customers most like them bought it lately",
}
"""What a source lacked that gives an article no score above 0 for a customer."""
NAMES = ("prod_name", "product_type_name", "colour_group_name", "department_name")


@dataclass(frozen=True)
class Opinion:
    """What one candidate source says of the article: its rank and score, or why it did not propose it.

    Attributes:
        takes: how many articles per customer the source proposes.
        rank: 1 is best; None where it did not propose the article, as is the score.
        says: why not; empty where it did.
    """

    source: str
    takes: int
    rank: int | None
    score: float | None
    says: str


@dataclass(frozen=True)
class Contribution:
    """One feature: its value (None where no table has a row for it) and what it added to the score."""

    feature: str
    value: float | None
    contribution: float


@dataclass(frozen=True)
class GroupContribution:
    """The features of one group (what stands before the dot), largest contribution first, and their sum."""

    group: str
    contribution: float
    features: list[Contribution]


@dataclass(frozen=True)
class Scoring:
    """How the score came about: base + shift + the groups' contributions = score.

    Attributes:
        base: score of the models' average learning row.
        shift: what puts a candidate that only the first model scored below those that all did; else 0.
        models: models that scored it.
        groups: largest contribution first.
    """

    base: float
    shift: float
    models: list[str]
    groups: list[GroupContribution]


@dataclass(frozen=True)
class Explanation:
    """Why this customer is shown this article, or is not.

    Attributes:
        names: what the article is called; empty where the warehouse does not know.
        history: what the customer did with the article before the date; None: nothing.
        outcome: shown, filled in, below twelve, not proposed, ranked too deep, not allowed, never sold, unknown article or
            unknown customer.
        says: the same in one sentence.
        rank: place in the customer's list, 1 is best; None where the article is not in it.
        n_ranked: how many articles the list has before it is cut.
        score: the ranker's.
        agrees: recs.recommendations says the same; None where it says nothing of such a rank.
        sources: in the run's order.
    """

    customer_id: str
    article_id: str
    as_of_date: date
    run_id: str
    outcome: str
    says: str
    names: dict[str, str]
    history: str | None = None
    rank: int | None = None
    n_ranked: int | None = None
    score: float | None = None
    agrees: bool | None = None
    sources: tuple[Opinion, ...] = ()
    scoring: Scoring | None = None

    def to_dict(self) -> dict:
        """JSON-able but for the date."""
        return asdict(self)


def explain(recommender: Recommender, customer_id: str, article_id: str) -> Explanation:
    """Walk one customer's way to their list and say what becomes of one article on it.

    Raises:
        FeatureMismatchError: the marts of the date offer other features than the run knows.
        MissingDataError: a mart, or the recommendations, of the date are not there.
    """
    log = recommender.log
    customer, article = place(log.customers, customer_id), place(log.articles, article_id)
    day, run = recommender.as_of, recommender.run
    empty = Explanation(customer_id, article_id, day, run.run_id, "", "", names_of(log.articles, article))
    if customer < 0:
        says = "The warehouse does not know this customer: they get what is popular (`hm lookup`)."
        return replace(empty, outcome="unknown customer", says=says)
    if article < 0:
        return replace(empty, outcome="unknown article", says="No landed file names this article.")
    return _Walk(recommender, customer, article).explanation(empty)


@dataclass(frozen=True)
class _Walk:
    """One customer, one article (indices)."""

    recommender: Recommender
    customer: int
    article: int

    def explanation(self, empty: Explanation) -> Explanation:
        found = replace(empty, history=self.history)
        if not self.was_sold:
            says = f"Nobody bought it before {found.as_of_date}: only articles that were sold are recommended."
            return replace(found, outcome="never sold", says=says)
        found = replace(found, sources=self.opinions(), n_ranked=len(self.lists))
        row = np.flatnonzero(self.lists.article == self.article)
        if not len(row):
            outcome, says = self.absence()
            return replace(found, outcome=outcome, says=says, agrees=self.agrees(None, None))
        rank, score = int(self.lists.rank[row[0]]), float(self.lists.score[row[0]])
        outcome, says = self.presence(rank)
        agrees = self.agrees(rank, score)
        return replace(found, outcome=outcome, says=says, rank=rank, score=score, agrees=agrees, scoring=self.scoring(score))

    # -- the way to the list ------------------------------------------------------------------------------------------

    @cached_property
    def was_sold(self) -> bool:
        return self.article in self.recommender.side.log.sold

    @cached_property
    def proposals(self) -> Proposals:
        """All candidates of the customer."""
        of_block = self.recommender.propose(self.recommender.block_of(self.customer))
        return of_block.where(of_block.customer == self.customer)

    @cached_property
    def rankable(self) -> Proposals:
        """Those the ranker looked at."""
        return self.recommender.rankable(self.proposals)

    @cached_property
    def scorer(self) -> Scorer:
        customers = np.array([self.customer], np.int32)
        return Scorer(self.recommender.run, self.recommender.side.of(customers), self.recommender.num_threads)

    @cached_property
    def is_cold(self) -> bool:
        """Whether the cold-start model answers instead of the ranker."""
        return bool(self.recommender.cold_start.is_cold[self.customer])

    @cached_property
    def lists(self) -> RankedLists:
        """The customer's whole list, before it is cut."""
        ranked = best(self.rankable, self.scorer.score(self.rankable), max(len(self.rankable), 1))
        return self.recommender.finished(ranked, np.array([self.customer], np.int32), KEEP)

    def agrees(self, rank: int | None, score: float | None) -> bool | None:
        """Whether recs.recommendations has the article at this rank with this score; None where it keeps no such rank."""
        rows = self.recommender.tables.dataset(RECOMMENDATIONS.full_name, as_of_date=self.recommender.as_of)
        log = self.recommender.log
        mine = (ds.field("customer_id") == log.customers.ids[self.customer]) & (
            ds.field("article_id") == log.articles.ids[self.article]
        )
        written = rows.to_table(columns=["rank", "score"], filter=mine).to_pylist()
        if not written:
            return None if rank is None or rank > KEEP else False
        return written[0]["rank"] == rank and abs(written[0]["score"] - score) <= SAME_SCORE

    # -- words --------------------------------------------------------------------------------------------------------

    def presence(self, rank: int) -> tuple[str, str]:
        """(outcome, sentence) of an article in the list."""
        n = len(self.rankable)
        place_words = f"Rank {rank} of {len(self.lists)}"
        if self.is_cold:
            outcome = "shown" if rank <= SHOWN else "below twelve"
            return outcome, f"{place_words}: {NEVER_BOUGHT}."
        if not (self.rankable.article == self.article).any():
            return "filled in", f"{place_words}: {n} candidates were left, and best sellers fill the list up to {SHOWN}."
        if rank <= SHOWN:
            return "shown", f"{place_words}: among the {SHOWN} that are shown."
        kept = f" and kept for re-ranking (the first {KEEP} are)" if rank <= KEEP else ""
        return "below twelve", f"{place_words}: below the {SHOWN} that are shown{kept}."

    def absence(self) -> tuple[str, str]:
        """(outcome, sentence) of an article that is not in the list."""
        if self.is_cold:
            return "not proposed", f"Not among their {KEEP}: {NEVER_BOUGHT}."
        deepest = self.recommender.run.config.deepest_rank
        mine = self.proposals.where(self.proposals.article == self.article)
        if not len(mine):
            return "not proposed", "No candidate source proposed it to this customer."
        if not len(mine.within(deepest)):
            ranked = f"the best rank any source gave it is {mine.best_rank[0]:.0f}"
            return "ranked too deep", f"Proposed, but {ranked}, and the ranker looks at the first {deepest} of each."
        return "not allowed", "Proposed, but they bought it before, and repeats are off."

    @cached_property
    def history(self) -> str | None:
        pairs, n = self.recommender.side.log.pairs, len(self.recommender.log.articles)
        at = find(pairs.customer.astype(np.int64) * n + pairs.article, np.array([self.customer * n + self.article]))[0]
        if at < 0:
            return None
        return history_words(int(pairs.n_days[at]), day_number(self.recommender.as_of) - int(pairs.last_day[at]))

    # -- sources and features -----------------------------------------------------------------------------------------

    def opinions(self) -> tuple[Opinion, ...]:
        """What every source of the run says."""
        mine = self.proposals.where(self.proposals.article == self.article)
        return tuple(self._opinion(name, mine, column) for column, name in enumerate(self.proposals.sources))

    def _opinion(self, name: str, mine: Proposals, column: int) -> Opinion:
        takes = self.recommender.sources.k[name]
        if len(mine) and mine.proposed[0, column]:
            return Opinion(name, takes, int(mine.rank[0, column]), float(mine.score[0, column]), "")
        return Opinion(name, takes, None, None, self._why_not(name, takes))

    def _why_not(self, name: str, takes: int) -> str:
        deep = self.recommender.sources.sources[name].generate(np.array([self.customer], np.int32), DEEPEST)
        if not len(deep):
            return "it has nothing to start from: they bought nothing, or nothing lately"
        return nearest_reason(name, deep.where(deep.article == self.article), takes)

    def scoring(self, score: float) -> Scoring | None:
        """None for an article that was filled in, or that the cold-start model ranked."""
        if self.is_cold:
            return None
        row = np.flatnonzero(self.rankable.article == self.article)
        if not len(row):
            return None
        reading = self.scorer.reading(self.rankable, int(row[0]))
        shift = score - reading.base - float(reading.contributions.sum())
        # What is left where all models scored is the last bit of a 32-bit score.
        shift = 0.0 if len(reading.models) == len(self.recommender.run.boosters) else shift
        vocabularies = self.recommender.run.layout.vocabularies
        return Scoring(reading.base, shift, list(reading.models), grouped(self.scorer.features.names, reading, vocabularies))


def place(axis: Axis, natural_id: str) -> int:
    """Index of an id; -1 where it is unknown."""
    return int(axis.index_of_ids(pa.array([natural_id], pa.string()))[0])


def names_of(articles: Axis, article: int) -> dict[str, str]:
    """What an article is called, as far as its dimension says."""
    known = [c for c in NAMES if article >= 0 and c in articles.attributes.column_names]
    found = {column: articles.attributes[column][article].as_py() for column in known}
    return {column: str(name).strip() for column, name in found.items() if name is not None}


def nearest_reason(source: str, deep: CandidateBlock, takes: int) -> str:
    """Why a source did not propose an article: too far down its ranking, or what it lacks to be in it at all."""
    if len(deep):
        return f"it would be number {deep.rank[0]}; the first {takes} are taken"
    return NEEDS.get(source, "it has no score above 0")


def grouped(names: tuple[str, ...], reading: Reading, vocabularies: dict[str, list[int]]) -> list[GroupContribution]:
    """Contributions by feature group, the largest of either sign first; categories by their number in the dimension."""
    groups: dict[str, list[Contribution]] = {}
    for name, value, contribution in zip(names, reading.values.tolist(), reading.contributions.tolist(), strict=True):
        known = None if np.isnan(value) else vocabularies[name][int(value)] if name in vocabularies else value
        groups.setdefault(group_of(name), []).append(Contribution(name, known, contribution))
    found = [
        GroupContribution(group, sum(c.contribution for c in mine), sorted(mine, key=lambda c: -abs(c.contribution)))
        for group, mine in groups.items()
    ]
    return sorted(found, key=lambda g: -abs(g.contribution))
