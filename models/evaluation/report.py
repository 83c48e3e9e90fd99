"""All systems over all judged weeks, as plain rows: system, week or `pooled`, metrics; and the verdict."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from models.evaluation.intervals import mean_interval
from models.evaluation.week import SEGMENTS, Lists, Scores, Week

POOLED = "pooled"
FULL_SYSTEM = "full system"
BASELINE, SOURCE, SYSTEM = "baseline", "source", "system"


@dataclass(frozen=True)
class Judged:
    """One system's scores on one week."""

    system: str
    kind: str
    as_of: date
    customer: np.ndarray
    segment: np.ndarray
    scores: Scores


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        weeks: judged as-of dates, latest first.
        rows: one dict per system and week, and per system pooled over the weeks.
        verdict: the full system against the best baseline (highest pooled MAP@12); None where either is missing.
        sources: one dict per candidate source and week: recall, precision, what is lost without it.
    """

    weeks: list[str]
    rows: list[dict]
    verdict: dict | None
    sources: list[dict]

    def to_dict(self) -> dict:
        """JSON-able."""
        return asdict(self)


def judge(week: Week, systems: Iterable[tuple[str, str, Lists]]) -> list[Judged]:
    """Score (name, kind, lists) of every system on one week."""
    truth, segment = week.truth, week.segment
    return [Judged(n, kind, week.as_of, truth.customer, segment, week.score(lists)) for n, kind, lists in systems]


def report(judged: list[Judged], sources: list[dict]) -> Report:
    """Rows and verdict of everything judged."""
    weeks = sorted({j.as_of for j in judged}, reverse=True)
    rows = []
    for system in dict.fromkeys(j.system for j in judged):
        mine = [j for j in judged if j.system == system]
        rows += [_row(str(j.as_of), [j]) for j in mine]
        rows.append(_row(POOLED, mine))
    return Report([str(w) for w in weeks], rows, verdict(judged), sources)


def _row(week: str, judged: list[Judged]) -> dict:
    customer = np.concatenate([j.customer for j in judged])
    buyers = {m: np.concatenate([j.scores.buyers[m] for j in judged]) for m in judged[0].scores.buyers}
    interval = mean_interval(customer, buyers["map_at_12"])
    return {
        "system": judged[0].system,
        "kind": judged[0].kind,
        "week": week,
        "buyers": len(customer),
        **{metric: float(values.mean()) for metric, values in buyers.items()},
        "map_low": interval.low,
        "map_high": interval.high,
        **{name: float(np.mean([j.scores.figures[name] for j in judged])) for name in judged[0].scores.figures},
        "map_new_at_12": _mean(np.concatenate([j.scores.new_map for j in judged])),
        **_by_segment(np.concatenate([j.segment for j in judged]), buyers["map_at_12"]),
    }


def _by_segment(segment: np.ndarray, values: np.ndarray) -> dict:
    found = {}
    for code, name in enumerate(SEGMENTS):
        found[f"buyers_{name}"] = int((segment == code).sum())
        found[f"map_{name}_at_12"] = _mean(values[segment == code])
    return found


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def verdict(judged: list[Judged]) -> dict | None:
    """The full system's paired difference to the best baseline, pooled and per week."""
    ours = [j for j in judged if j.system == FULL_SYSTEM]
    pooled = {
        name: float(np.mean(np.concatenate([_ap(j) for j in judged if j.system == name])))
        for name in dict.fromkeys(j.system for j in judged if j.kind == BASELINE)
    }
    if not ours or not pooled:
        return None
    best = max(pooled, key=lambda name: (pooled[name], name))
    theirs = {j.as_of: j for j in judged if j.system == best}
    pairs = [(j, theirs[j.as_of]) for j in ours]
    return {
        "best_baseline": best,
        **_difference(pairs),
        "weeks": [{"week": str(j.as_of), **_difference([(j, other)])} for j, other in pairs],
    }


def _difference(pairs: list[tuple[Judged, Judged]]) -> dict:
    ours = np.concatenate([_ap(j) for j, _ in pairs])
    theirs = np.concatenate([_ap(j) for _, j in pairs])
    interval = mean_interval(np.concatenate([j.customer for j, _ in pairs]), ours - theirs)
    return {
        "full_system": float(ours.mean()),
        "best_baseline_map": float(theirs.mean()),
        "ratio": float(ours.mean() / theirs.mean()) if theirs.any() else None,
        "difference": interval.mean,
        "difference_low": interval.low,
        "difference_high": interval.high,
    }


def _ap(judged: Judged) -> np.ndarray:
    return judged.scores.buyers["map_at_12"]
