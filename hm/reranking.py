"""What re-ranking costs: the full system's lists on judged weeks, moved by several settings of the knobs."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import numpy as np

from hm.chain import Chain
from models.candidates.base import CandidateBlock
from models.evaluation.intervals import Bootstrap
from models.evaluation.week import Scores, Week
from models.interactions import Interactions
from models.ranking.lists import RankedLists
from models.recommend import recommend_for_evaluation
from models.reranking import AS_RANKED, Reranking
from warehouse import calendar
from warehouse.hive.catalogue import Catalogue

SETTINGS = (
    AS_RANKED,
    *(Reranking(max_per_product=n) for n in (3, 2, 1)),
    *(Reranking(diversity=w) for w in (0.05, 0.1, 0.2, 0.3, 0.5)),
)


def prices(chain: Chain, weeks: int) -> dict:
    """Weeks, and one row per setting: knobs, MAP@12, its paired difference to the order as ranked, the lists' figures."""
    days = calendar.evaluation_dates(chain.plan.as_of_date, weeks)
    chain.evaluate(weeks)
    log = Interactions.from_catalogue(chain.plan.catalogue)
    with chain.progress.step("reranking", f"{len(SETTINGS)} settings, {weeks} weeks each"):
        found = priced(chain.plan.catalogue, log, {day: chain.plan.run_dir(day) for day in days})
    return {"weeks": [str(day) for day in days], "rows": found}


def priced(catalogue: Catalogue, log: Interactions, runs: Mapping[date, Path]) -> list[dict]:
    """One row per setting: every week's lists are ranked once, by the week's own run, and moved by each setting."""
    scores: dict[Reranking, list[Scores]] = {knobs: [] for knobs in SETTINGS}
    for day, run in runs.items():
        week, lists = Week(log, day), recommend_for_evaluation(catalogue, run, day, log=log)
        for knobs, mine in scores.items():
            mine.append(week.score(moved(lists, knobs, log)))
    return rows(np.concatenate([log.labels(day).customer for day in runs]), scores)


def moved(lists: CandidateBlock, knobs: Reranking, log: Interactions) -> CandidateBlock:
    """Lists under a setting."""
    nobody = np.zeros((len(lists), 0), bool)
    ranked = RankedLists(lists.customer, lists.article, lists.rank, lists.score, np.zeros(len(lists), int), nobody, ())
    return replace(lists, article=knobs.apply(ranked, log.articles).article)


def rows(customer: np.ndarray, scores: dict[Reranking, list[Scores]]) -> list[dict]:
    """One row per setting; the first one is what the others are compared with.

    Args:
        customer: the buyers, week by week.
        scores: per setting, those of the weeks.
    """
    precision = np.column_stack([np.concatenate([s.buyers["map_at_12"] for s in mine]) for mine in scores.values()])
    intervals = Bootstrap(customer).intervals(precision - precision[:, [0]])
    return [
        asdict(knobs)
        | {"map_at_12": float(column.mean()), "difference": to.mean, "low": to.low, "high": to.high}
        | {name: float(np.mean([s.figures[name] for s in mine])) for name in mine[0].figures}
        for (knobs, mine), column, to in zip(scores.items(), precision.T, intervals, strict=True)
    ]
