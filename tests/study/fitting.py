"""The full system with something changed: its candidates, its learning set, its lists for the buyers of a week."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from hm.plan import RANKING_CODE
from models import candidates
from models.candidates.base import CandidateBlock
from models.evaluation.week import Lists
from models.interactions import Interactions
from models.ranking.boosters import fit_boosters
from models.ranking.groups import places
from models.ranking.layout import Layout
from models.ranking.learning_set import LabelledWeek, LearningSet, bought, count, draw, teaching
from models.ranking.proposals import Proposals
from models.ranking.run import Run, load_run
from models.ranking.score import Scorer, with_the_rest_below
from models.ranking.train import label_weeks
from models.recommend import EVALUATED, Recommender
from tests.study.features import DayFeatures
from tests.study.log import StudiedLog
from tests.study.negatives import keep
from tests.study.systems import PRODUCT, System
from warehouse.stamps import code_stamp


@dataclass(frozen=True)
class Fitted:
    """Lists of the judged buyers, and what is to be told of the learning."""

    lists: Lists
    told: dict[str, float]


@lru_cache(maxsize=16)
def features_of(log: StudiedLog, day: date) -> DayFeatures:
    """Features as of a date, opened once."""
    return DayFeatures(log, day)


# -- candidates -------------------------------------------------------------------------------------------------------


def sources_of(log: StudiedLog, system: System) -> tuple[str, ...]:
    """Names of the sources that the system keeps, ascending."""
    stored = sorted(log.stored(log.dates[-1]))
    return tuple(n for n in stored if n not in system.without and (not system.only or n in system.only))


def proposals_of(log: StudiedLog, system: System, day: date) -> Proposals:
    """What the system would rank for the buyers of a week."""
    names = sources_of(log, system)
    blocks = ((name, block_of(log, system, name, day)) for name in names)
    found = Proposals.gather(blocks, names, len(log.log.articles)).within(system.deepest_rank)
    return found.where(on_sale(log.log, day, system.on_sale_days)[found.article]) if system.on_sale_days else found


def block_of(log: StudiedLog, system: System, name: str, day: date) -> CandidateBlock:
    """One source's candidates: the stored ones where they hold what is asked for."""
    k = round(candidates.SOURCES[name].k * system.depth)
    variant = dict(system.replaced).get(name, name)
    if system.repeats and system.depth <= 1 and variant == name:
        return log.stored(day)[name].top(k)
    return log.block(variant, day, k, system.repeats)


def on_sale(log: Interactions, day: date, days: int) -> np.ndarray:
    """Mask of the articles that sold in the days before a date."""
    found = np.zeros(len(log.articles), bool)
    found[log.last_days(day, days).sold] = True
    return found


# -- learning ---------------------------------------------------------------------------------------------------------


def labelled(log: StudiedLog, system: System, day: date, out_of: np.ndarray | None = None) -> LabelledWeek:
    """A label week's candidates with their labels, as `models.ranking.learning_set` makes them.

    Args:
        out_of: mask of the customers to learn from; everyone by default.
    """
    truth = log.log.labels(day)
    proposals, label = teaching(proposals_of(log, system, day), truth, log.log)
    if out_of is not None:
        some = out_of[proposals.customer]
        proposals, label = proposals.where(some), label[some]
    return LabelledWeek(day, proposals, label, len(truth.customer), len(truth.article), len(proposals))


def drawn(log: StudiedLog, system: System, weeks: list[LabelledWeek]) -> list[LabelledWeek]:
    """The rows learned from; where they are more than the product holds, customers are drawn as there."""
    sampler, share = replace(log.sampler, negative_share=system.negatives.share), system.negatives.share
    expected = sum(w.bought.sum() + share * (~w.bought).sum() for w in weeks)
    customer_share = min(1.0, system.config.max_rows / max(expected, 1.0))
    masks = (keep(system.negatives, sampler, w.proposals, w.bought, w.week, customer_share) for w in weeks)
    return [draw(week, mask) for week, mask in zip(weeks, masks, strict=True)]


def learning_set(log: StudiedLog, system: System, days: list[date], out_of: np.ndarray | None = None) -> LearningSet:
    """The rows of all weeks with their features."""
    weeks = [labelled(log, system, day, out_of) for day in days]
    sources, learned = sources_of(log, system), drawn(log, system, weeks)
    names = features_of(log, days[0]).open(sources).names
    end = np.cumsum([len(week.proposals) for week in learned])
    out = np.empty((end[-1], len(names)), np.float32)
    for week, stop in zip(learned, end, strict=True):
        features_of(log, week.week).open(sources).matrix(week.proposals, out[stop - len(week.proposals) : stop])
    label = np.concatenate([week.bought for week in learned])
    groups = np.concatenate([week.proposals.group_sizes for week in learned])
    counts = [count(*pair) for pair in zip(weeks, learned, strict=True)]
    return LearningSet(out, label, groups, names, counts)


def products_run(log: StudiedLog, system: System, days: list[date], as_of: date) -> Run | None:
    """What `hm evaluate` trained for the date, where the system is the product and its code and settings are today's."""
    for file in log.settings.runs_dir.glob(f"{as_of}-*/run.json") if system == System() else ():
        run = load_run(file.parent)
        if (run.stamps.get("code"), run.config, list(run.weeks)) == (code_stamp(RANKING_CODE), PRODUCT, days):
            weeks = run.metrics["weeks"]
            counts = {"rows": "learning_rows", "bought": "bought_candidates"}
            return replace(run, metrics={name: sum(week[told] for week in weeks) for name, told in counts.items()})
    return None


def fit(log: StudiedLog, system: System, days: list[date], as_of: date, out_of: np.ndarray | None = None) -> Run:
    """A run in memory."""
    data, layout = learning_set(log, system, days, out_of), features_of(log, days[0]).layout
    layout = Layout(sources_of(log, system), layout.categories, layout.vocabularies)
    config = system.config.model_copy(update={"num_threads": log.num_threads})
    boosters = fit_boosters(data, list(layout.vocabularies), config, lambda _: None)
    metrics = {"rows": len(data.bought), "bought": int(data.bought.sum())}
    return Run("study", as_of, tuple(days), data.names, layout, config, metrics, boosters=boosters)


# -- judging ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RankBlend(Scorer):
    """Models of a run blended by the ranks they give a customer's candidates, not by their raw scores."""

    def _part(self, proposals: Proposals) -> np.ndarray:
        matrix = self.features.matrix(proposals)
        first = self._raw(min(self.run.boosters), matrix)
        listed = self._shortlisted(proposals, first)
        rows, customer = matrix[listed], proposals.customer[listed]
        ranks = [-falling_ranks(customer, self._raw(name, rows)) for name in self.run.boosters]
        return with_the_rest_below(proposals.customer, first, listed, np.mean(ranks, axis=0))


def falling_ranks(customer: np.ndarray, score: np.ndarray) -> np.ndarray:
    """0 for each customer's highest score; equal scores in the order of the rows."""
    order = np.lexsort((-score, customer))
    rank = np.empty(len(order))
    rank[order] = places(customer[order])
    return rank


def lists_of(log: StudiedLog, system: System, run: Run, day: date, buyers: np.ndarray) -> Lists:
    """What a run would show some buyers of a week."""
    recommender = Recommender(log.tables, run, day, log.log, system.repeats, log.num_threads)
    scorer = (RankBlend if system.blend == "ranks" else Scorer)(
        run, features_of(log, day).open(run.layout.sources), log.num_threads
    )
    proposals = proposals_of(log, system, day)
    proposals = proposals.where(np.isin(proposals.customer, buyers))
    return recommender.lists(scorer, buyers, proposals, EVALUATED).block


def fit_and_list(log: StudiedLog, system: System, day: date) -> Fitted:
    """Train for a week and list for its buyers."""
    buyers = log.week(day).truth.customer
    parts = [(run, lists_of(log, system, run, day, mine)) for run, mine in runs(log, system, day, buyers)]
    lists = CandidateBlock.concat(part for _, part in parts)
    order = np.lexsort((lists.rank, lists.customer))
    rows = [run.metrics["rows"] for run, _ in parts]
    told = {"learning_rows": float(np.mean(rows)), "recall_of_candidates": recall(log, system, day)}
    told["negatives_per_bought"] = float(np.mean([r.metrics["rows"] / r.metrics["bought"] - 1 for r, _ in parts]))
    return Fitted(lists.where(order), told)


def runs(log: StudiedLog, system: System, day: date, buyers: np.ndarray) -> Iterator[tuple[Run, np.ndarray]]:
    """(run, the buyers it is judged on): one by time, or one per fold."""
    if not system.folds:
        weeks = label_weeks(day, system.weeks)
        yield products_run(log, system, weeks, day) or fit(log, system, weeks, day), buyers
        return
    fold = log.sampler.customers % np.uint64(system.folds)
    for number in range(system.folds):
        run = fit(log, system, [day, *label_weeks(day, system.weeks - 1)], day, fold != number)
        yield run, buyers[fold[buyers] == number]


def recall(log: StudiedLog, system: System, day: date) -> float:
    """Share of the week's bought pairs among the candidates."""
    truth = log.log.labels(day)
    hits = bought(proposals_of(log, system, day), truth, len(log.log.articles))
    return float(hits.sum() / max(len(truth.article), 1))
