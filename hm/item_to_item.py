"""`hm item-to-item`: what goes with an article and instead of it, judged on weeks that no list has seen."""

import json

from hm.chain import Chain
from models.candidates.base import CatalogueMarts
from models.interactions import Interactions
from models.item_to_item.complements import Complements
from models.item_to_item.judge import KINDS, Asked, Kind, asked, judged, searched
from models.item_to_item.segments import judged_by_segment, segments_of
from warehouse import calendar

BEST = 10
"""Rows of a grid that are told."""
WITH_IT = KINDS[1]


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
        for kind in KINDS:
            by_day = dict(zip(days, asked(kind, log, days, lambda day: CatalogueMarts(catalogue, day)), strict=True))
            found[kind.name] = _judged(chain, kind, [by_day[d] for d in later], [by_day[d] for d in days if d not in later])
            if kind is WITH_IT:
                segments = [segments_of(catalogue, log, day) for day in later]
                found["segments"] = judged_by_segment(Complements(), [by_day[d] for d in later], segments)
    told = {"weeks": [str(day) for day in later], "grid_weeks": [str(d) for d in days if d not in later], **found}
    file = chain.settings.reports_dir / f"item-to-item-{chain.plan.as_of_date}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1))
    return told


def _judged(chain: Chain, kind: Kind, later: list[Asked], earlier: list[Asked]) -> dict:
    """Rules and the product on the later weeks, and the leading rows of a grid that the earlier weeks chose."""
    told = {"questions": sum(len(week.questions) for week in later), "rows": judged(kind.simple, later), "grid": []}
    if earlier:
        chain.progress.say(f"{kind.name}: {len(kind.grid)} settings ...")
        told["grid"] = searched(kind, earlier)[:BEST]
    return told
