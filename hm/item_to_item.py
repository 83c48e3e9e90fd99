"""`hm item-to-item`: what goes with an article and instead of it, judged on weeks that no list has seen."""

import json

from hm.chain import Chain
from models.candidates.base import CatalogueMarts
from models.interactions import Interactions
from models.item_to_item.complements import Complements
from models.item_to_item.judge import QUESTIONS, Asked, Question, asked, judged, searched
from models.item_to_item.segments import judged_by_segment, segments_of
from warehouse import calendar

BEST = 10
"""Rows of a grid that are told."""
WITH_IT = QUESTIONS[1]


def judge(chain: Chain, weeks: int, grid: bool) -> dict:
    """Weeks and rows per question, kept in reports/item-to-item-<as-of date>.json.

    Args:
        grid: also search every setting on the earlier half of the weeks; the later half judges then.

    Raises:
        MissingDataError: features of a week are not built.
    """
    days = calendar.evaluation_dates(chain.plan.as_of_date, weeks)
    later = days[: (weeks + 1) // 2] if grid else days
    catalogue = chain.plan.catalogue
    with chain.progress.step("item-to-item", f"{weeks} weeks, latest from {days[0]}"):
        log = Interactions.from_catalogue(catalogue)
        found = {}
        for question in QUESTIONS:
            weeks_asked = asked(question, log, days, lambda day: CatalogueMarts(catalogue, day))
            judging, choosing = weeks_asked[: len(later)], weeks_asked[len(later) :]
            found[question.name] = _judged(chain, question, judging, choosing)
            if question is WITH_IT:
                segments = [segments_of(catalogue, log, day) for day in later]
                found["segments"] = judged_by_segment(Complements(), judging, segments)
    told = {"weeks": [str(day) for day in later], "grid_weeks": [str(day) for day in days[len(later) :]], **found}
    file = chain.settings.reports_dir / f"item-to-item-{chain.plan.as_of_date}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1))
    return told


def _judged(chain: Chain, question: Question, judging: list[Asked], choosing: list[Asked]) -> dict:
    """Rules and the product on the judging weeks, and the leading rows of a grid on the others."""
    told = {"questions": sum(len(week.questions) for week in judging), "rows": judged(question.simple, judging), "grid": []}
    if choosing:
        chain.progress.say(f"{question.name}: {len(question.grid)} settings ...")
        told["grid"] = searched(question, choosing)[:BEST]
    return told
