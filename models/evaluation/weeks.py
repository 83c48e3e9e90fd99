"""The evaluation as a whole: baselines, stored candidates and the full system on past weeks."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path

from models.baselines import BASELINES
from models.candidates.base import CandidateBlock, CatalogueMarts, blocks_of, context_of
from models.candidates.stored import StoredCandidates
from models.evaluation.judged import buyer_rows, write_rows
from models.evaluation.metrics import DEEP_K
from models.evaluation.report import BASELINE, FULL_SYSTEM, POOLED, SOURCE, SYSTEM, Judged, Report, judge, report
from models.evaluation.sources import pooled, source_rows
from models.evaluation.week import Lists, Week
from models.interactions import Interactions
from models.recommend import recommend_for_evaluation
from models.reranking import AS_RANKED, Reranking
from models.side_by_side import side_by_side
from warehouse.hive.catalogue import Catalogue


def evaluate_weeks(
    catalogue: Catalogue,
    runs: Mapping[date, Path],
    files: Mapping[date, Path],
    reranking: Reranking = AS_RANKED,
    num_threads: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Judge every system on the label weeks of some dates.

    Args:
        catalogue: the warehouse; the weeks' candidates and features must be there.
        runs: as-of date of each judged week -> folder of the run that is judged on it, trained for that very date.
        files: week -> file for the full system's rows, one per buyer (`models.evaluation.judged`).
        reranking: what is done to the full system's lists.
        num_threads: blocks of buyers ranked at once.
        progress: called with one line per week.

    Raises:
        MissingDataError: a week's candidates or features are not there.
        PeekingError: a run was trained on labels of the week it would be judged on.
    """
    log = Interactions.from_catalogue(catalogue)
    judged: list[Judged] = []
    sources: list[dict] = []
    for as_of, run in runs.items():
        begun = time.perf_counter()
        week = Week(log, as_of)
        blocks = StoredCandidates.open(catalogue, log, as_of).everyones(week.truth.customer)
        found = judge(week, systems(catalogue, week, blocks, run, reranking, num_threads))
        judged += found
        sources += source_rows(week, blocks)
        full = next(j for j in found if j.system == FULL_SYSTEM).scores
        write_rows(files[as_of], buyer_rows(week, CatalogueMarts(catalogue, as_of), full))
        ours = full.buyers["map_at_12"]
        progress(f"{as_of}: {len(ours):,} buyers, MAP@12 {ours.mean():.4f}, {time.perf_counter() - begun:.1f} s")
    return report(judged, [*sources, *pooled(sources, POOLED)])


def judge_run(
    catalogue: Catalogue, log: Interactions, run: Path, as_of: date, file: Path, reranking: Reranking = AS_RANKED
) -> None:
    """Judge one run alone on the week from a date on, and write its rows, one per buyer.

    Raises:
        MissingDataError: the week's candidates or features are not there.
        PeekingError: the run was trained on labels of the week.
    """
    week = Week(log, as_of)
    scores = week.score(recommend_for_evaluation(catalogue, run, as_of, log=log, reranking=reranking))
    write_rows(file, buyer_rows(week, CatalogueMarts(catalogue, as_of), scores))


def systems(
    catalogue: Catalogue,
    week: Week,
    blocks: Mapping[str, CandidateBlock],
    run: Path,
    reranking: Reranking = AS_RANKED,
    num_threads: int = 2,
) -> Iterator[tuple[str, str, Lists]]:
    """(name, kind, lists for the week's buyers) of everything that is judged."""
    context = context_of(week.log, week.as_of, CatalogueMarts(catalogue, week.as_of))
    for name, baseline in BASELINES.items():
        fitted = baseline.make().fit(context.with_repeats(baseline.allow_repeats))
        lists = side_by_side(partial(fitted.generate, k=DEEP_K), blocks_of(week.truth.customer), num_threads)
        yield name, BASELINE, CandidateBlock.concat(lists)
    for name, block in blocks.items():
        yield name, SOURCE, block
    ours = recommend_for_evaluation(catalogue, run, week.as_of, log=week.log, num_threads=num_threads, reranking=reranking)
    yield FULL_SYSTEM, SYSTEM, ours
