"""Ranked articles for every customer as of a date, streamed in blocks of customers.

Candidates come from the same sources with the same settings as those the ranker learned from; they are not stored.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from infra.errors import UserError
from models.candidates import FittedSources, fit_sources
from models.candidates.base import CandidateBlock, CatalogueMarts, Context, blocks_of, context_of
from models.candidates.stored import StoredCandidates
from models.cold_start import ColdStartPolicy
from models.interactions import Interactions
from models.ranking.features import ArticleSide
from models.ranking.learning_set import stored_proposals
from models.ranking.lists import Filler, RankedLists, best
from models.ranking.proposals import Proposals
from models.ranking.run import Run, load_run
from models.ranking.score import Order, Scorer
from models.ranking.together import Recent, recent_articles
from models.reasons import Reasons
from models.reranking import AS_RANKED, KEPT, Reranking
from models.side_by_side import side_by_side
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas.recs import RECOMMENDATIONS

KEEP = KEPT
"""Articles kept per customer: the 12 that are shown, and as many again for re-ranking and exclusions."""
CUSTOMERS_PER_LOAD = 100_000
"""Customers whose features are held at once; the marts are read once per load."""
CUSTOMERS_PER_BLOCK = 1_024
"""Customers whose candidates are held at once: about 200,000 rows."""
EVALUATED = 100
"""Articles per buyer handed to the evaluation: recall@100 needs as many."""


class PeekingError(UserError):
    """A run would be judged on days it learned from."""


@dataclass(frozen=True)
class Recommender:
    """A run applied as of a date.

    Attributes:
        tables: the warehouse.
        run: the trained ranker.
        as_of: first day that may not be seen; need not be the run's own.
        log: the whole log or any part that holds everything before `as_of`.
        allow_repeats: whether what was bought may be recommended again.
        num_threads: blocks of customers ranked at once.
        reranking: what is done to the finished lists.
    """

    tables: Catalogue
    run: Run
    as_of: date
    log: Interactions
    allow_repeats: bool = True
    num_threads: int = 2
    reranking: Reranking = AS_RANKED

    @cached_property
    def side(self) -> ArticleSide:
        """Features of the articles."""
        return ArticleSide.open(self.tables, self.log, self.as_of, self.run.layout)

    @cached_property
    def filler(self) -> Filler:
        """What completes short lists."""
        return Filler.of(self.log, self.as_of, self.allow_repeats)

    @cached_property
    def reasons(self) -> Reasons:
        """The wording."""
        return Reasons.of(self.log, self.as_of, self.side.pairs)

    @cached_property
    def context(self) -> Context:
        """What was seen before the date."""
        return context_of(self.log, self.as_of, CatalogueMarts(self.tables, self.as_of), allow_repeats=self.allow_repeats)

    @cached_property
    def sources(self) -> FittedSources:
        """The run's candidate sources, fitted on what was seen before the date."""
        return fit_sources(self.context, list(self.run.layout.sources))

    @cached_property
    def cold_start(self) -> ColdStartPolicy:
        """Who never bought, and what they are shown."""
        return ColdStartPolicy.of(self.context)

    def lists(self, scorer: Order, customers: np.ndarray, proposals: Proposals, keep: int) -> RankedLists:
        """At least 12, at most `keep` ranked articles of every one of these customers, all sold before the date."""
        proposals = self.rankable(proposals.where(~self.cold_start.is_cold[proposals.customer]))
        return self.finished(best(proposals, scorer.score(proposals), keep), customers, keep)

    def finished(self, ranked: RankedLists, customers: np.ndarray, keep: int) -> RankedLists:
        """Lists of these customers: the ranker's, for who never bought the cold-start model's; filled, and re-ranked."""
        filled = self.filler.fill(self.cold_start.answer(ranked, customers, keep), customers)
        return self.reranking.apply(filled, self.log.articles)

    def rankable(self, proposals: Proposals) -> Proposals:
        """What the ranker looks at: what some source ranked high enough, and may be recommended."""
        near = proposals.within(self.run.config.deepest_rank)
        return near.where(self.filler.allows(near.customer, near.article))

    def prepare(self) -> None:
        """Make what all threads share; otherwise each would make its own."""
        _ = self.cold_start, self.filler

    def propose(self, customers: np.ndarray) -> Proposals:
        """Candidates of some customers from all sources."""
        return Proposals.gather(self.sources.generate(customers), self.run.layout.sources, len(self.log.articles))

    def block_of(self, customer: int) -> np.ndarray:
        """The block of customers that `batches` ranks this one in, where it ranks everyone.

        FAISS adds up one query in another order than many, so the last bits of a score depend on who is asked for together.
        """
        everyone = np.arange(len(self.log.customers), dtype=np.int32)
        blocks = (b for load in blocks_of(everyone, CUSTOMERS_PER_LOAD) for b in blocks_of(load, CUSTOMERS_PER_BLOCK))
        return next(block for block in blocks if block[0] <= customer <= block[-1])

    def batches(self, customers: np.ndarray, keep: int, progress: Callable[[str], None]) -> Iterator[pa.RecordBatch]:
        """Rows of recs.recommendations, ascending by (customer_id, rank), one batch per block."""
        done = 0
        self.prepare()
        _ = self.sources, self.reasons
        for load in blocks_of(customers, CUSTOMERS_PER_LOAD):
            scorer = Scorer(self.run, self.side.of(load), num_threads=1)
            recent = recent_articles(self.side.log, mask_of(load, len(self.log.customers)))
            rank = partial(self._ranked, scorer, recent, keep)
            yield from side_by_side(rank, blocks_of(load, CUSTOMERS_PER_BLOCK), self.num_threads)
            done += len(load)
            progress(f"{done:,} of {len(customers):,} customers")

    def _ranked(self, scorer: Scorer, recent: Recent, keep: int, block: np.ndarray) -> pa.RecordBatch:
        lists = self.lists(scorer, block, self.propose(block), keep)
        return to_arrow(lists, self.log, self.reasons.words(lists, recent))


def recommend(
    catalogue: Catalogue,
    run: Run | Path,
    as_of_date: date,
    *,
    customers: np.ndarray | None = None,
    keep: int = KEEP,
    log: Interactions | None = None,
    allow_repeats: bool = True,
    num_threads: int = 2,
    reranking: Reranking = AS_RANKED,
    progress: Callable[[str], None] = lambda _: None,
) -> int:
    """Write the partition of recs.recommendations of a date; returns its rows.

    Args:
        run: the trained ranker or its folder.
        customers: indices of the log's customers, ascending; everyone in dim_customers by default.
        keep: articles per customer, at least 12 of which are there for everyone.
        log: the log, where the caller holds it already.
        num_threads: blocks of customers ranked at once; the lists do not depend on it.
        reranking: what is done to the finished lists.

    Raises:
        MissingRunError: the folder holds no run.
        FeatureMismatchError: the marts of the date offer other features than the run knows.
        MissingDataError: a mart of the date is not there.
    """
    run = load_run(run) if isinstance(run, Path) else run
    recommender = Recommender(
        catalogue, run, as_of_date, log or Interactions.from_catalogue(catalogue), allow_repeats, num_threads, reranking
    )
    everyone = np.arange(len(recommender.log.customers), dtype=np.int32) if customers is None else customers
    batches = recommender.batches(everyone, keep, progress)
    return catalogue.write(RECOMMENDATIONS, {"as_of_date": as_of_date}, batches)


def recommend_for_evaluation(
    catalogue: Catalogue,
    run: Run | Path,
    week: date,
    *,
    log: Interactions | None = None,
    keep: int = EVALUATED,
    order: Order | None = None,
    num_threads: int = 2,
    reranking: Reranking = AS_RANKED,
) -> CandidateBlock:
    """The lists the buyers of a week would have been shown, from the week's stored candidates: ranked articles to be judged.

    Args:
        order: what orders the run's candidates instead of its models.
        num_threads: blocks of buyers ranked at once; the lists do not depend on it.

    Raises:
        PeekingError: the run was trained on labels of the week.
    """
    run = load_run(run) if isinstance(run, Path) else run
    if run.as_of_date > week:
        raise PeekingError(f"Run {run.run_id} was trained on days before {run.as_of_date}: it may not be judged on {week}.")
    recommender = Recommender(catalogue, run, week, log or Interactions.from_catalogue(catalogue), reranking=reranking)
    stored = StoredCandidates.open(catalogue, recommender.log, week)
    buyers = recommender.log.labels(week).customer
    order = order or Scorer(run, recommender.side.of(buyers), num_threads=1)
    recommender.prepare()

    def of_block(customers: np.ndarray) -> CandidateBlock:
        proposals = stored_proposals(stored, customers, run.layout.sources)
        return recommender.lists(order, customers, proposals, keep).block

    return CandidateBlock.concat(side_by_side(of_block, blocks_of(buyers), num_threads))


def mask_of(indices: np.ndarray, size: int) -> np.ndarray:
    """Boolean mask of indices."""
    mask = np.zeros(size, bool)
    mask[indices] = True
    return mask


def to_arrow(lists: RankedLists, log: Interactions, reasons: pa.Array) -> pa.RecordBatch:
    """Rows of recs.recommendations."""
    names = pa.array(lists.sources, pa.string())
    row, column = np.nonzero(lists.proposed)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(lists)))]).astype(np.int32)
    columns = {
        "customer_id": log.customers.ids.take(pa.array(lists.customer)),
        "customer_key": pa.array(log.customers.keys[lists.customer]),
        "article_id": log.articles.ids.take(pa.array(lists.article)),
        "article_key": pa.array(log.articles.keys[lists.article]),
        "rank": pa.array(lists.rank),
        "score": pa.array(lists.score),
        "source": names.take(pa.array(lists.source)),
        "sources": pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(column))),
        "reason": reasons,
    }
    return pa.RecordBatch.from_pydict(columns, schema=RECOMMENDATIONS.arrow_schema)
