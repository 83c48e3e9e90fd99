"""All systems over all judged weeks, as plain rows: system, week or `pooled`, metrics; and the verdict."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from models.evaluation.intervals import Bootstrap, mean_interval
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
        rows: one dict per system and week, and per system pooled over its weeks: metrics, the interval of MAP@12, and the
            paired difference to the best baseline with its interval and ratio.
        verdict: the full system against the best baseline (highest pooled MAP@12), and against the best of everything
            else; None where either side is missing.
        sources: one dict per candidate source and week, and pooled: recall, precision, what is lost without it.
    """

    weeks: list[str]
    rows: list[dict]
    verdict: dict | None
    sources: list[dict]

    def to_dict(self) -> dict:
        """JSON-able."""
        return asdict(self)

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.to_dict(), indent=1)


def judge(week: Week, systems: Iterable[tuple[str, str, Lists]]) -> list[Judged]:
    """Score (name, kind, lists) of every system on one week."""
    truth, segment = week.truth, week.segment
    return [Judged(n, kind, week.as_of, truth.customer, segment, week.score(lists)) for n, kind, lists in systems]


def report(judged: list[Judged], sources: list[dict]) -> Report:
    """Rows and verdict of everything judged; `sources` are those of `models.evaluation.sources`."""
    weeks = sorted({j.as_of for j in judged}, reverse=True)
    systems = {name: [j for j in judged if j.system == name] for name in dict.fromkeys(j.system for j in judged)}
    best = best_of(systems, {BASELINE})
    found: dict[tuple[str, str], dict] = {}
    for label, members in _scopes(systems, weeks):
        for row in _rows(label, members, best):
            found[row["system"], label] = row
    labels = [*map(str, weeks), POOLED]
    rows = [found[name, label] for name in systems for label in labels if (name, label) in found]
    return Report([str(w) for w in weeks], rows, verdict(systems, best), sources)


def best_of(systems: Mapping[str, list[Judged]], kinds: set[str]) -> str | None:
    """The system of these kinds with the highest pooled MAP@12; None without any."""
    pooled = {name: float(_ap(mine).mean()) for name, mine in systems.items() if mine[0].kind in kinds}
    return max(pooled, key=lambda name: (pooled[name], name), default=None)


def _scopes(systems: Mapping[str, list[Judged]], weeks: list[date]) -> Iterable[tuple[str, dict[str, list[Judged]]]]:
    """(label, systems judged on the very same rows): each week, and the pool of each set of weeks a system was judged on."""
    for week in weeks:
        yield str(week), {n: [j for j in mine if j.as_of == week] for n, mine in systems.items() if _has(mine, week)}
    for covered in dict.fromkeys(tuple(j.as_of for j in mine) for mine in systems.values()):
        yield POOLED, {n: mine for n, mine in systems.items() if tuple(j.as_of for j in mine) == covered}


def _has(judged: list[Judged], week: date) -> bool:
    return any(j.as_of == week for j in judged)


def _rows(label: str, members: Mapping[str, list[Judged]], best: str | None) -> list[dict]:
    customer = np.concatenate([j.customer for j in next(iter(members.values()))])
    average_precision = np.column_stack([_ap(mine) for mine in members.values()])
    bootstrap = Bootstrap(customer)
    intervals = bootstrap.intervals(average_precision)
    rows = [_row(label, mine) for mine in members.values()]
    for row, interval in zip(rows, intervals, strict=True):
        row |= {"map_low": interval.low, "map_high": interval.high}
    if best in members:
        base = _ap(members[best])
        for row, interval in zip(rows, bootstrap.intervals(average_precision - base[:, None]), strict=True):
            row["ratio"] = row["map_at_12"] / float(base.mean()) if base.any() else None
            row |= {"difference": interval.mean, "difference_low": interval.low, "difference_high": interval.high}
    return rows


def _row(label: str, judged: list[Judged]) -> dict:
    buyers = {m: np.concatenate([j.scores.buyers[m] for j in judged]) for m in judged[0].scores.buyers}
    return {
        "system": judged[0].system,
        "kind": judged[0].kind,
        "week": label,
        "buyers": len(buyers["map_at_12"]),
        **{metric: _mean(values) for metric, values in buyers.items()},
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


def verdict(systems: Mapping[str, list[Judged]], best: str | None) -> dict | None:
    """The full system's paired difference to the best baseline, pooled and per week, and to the best of all others."""
    if FULL_SYSTEM not in systems or best is None:
        return None
    ours = systems[FULL_SYSTEM]
    other = best_of(systems, {BASELINE, SOURCE})
    pairs = list(_pairs(ours, systems[best]))
    return {
        "best_baseline": best,
        **_difference(pairs),
        "weeks": [{"week": str(one.as_of), **_difference([(one, two)])} for one, two in pairs],
        "best_other": {"system": other, **_difference(list(_pairs(ours, systems[other])))},
    }


def _pairs(ours: list[Judged], theirs: list[Judged]) -> Iterable[tuple[Judged, Judged]]:
    by_week = {j.as_of: j for j in theirs}
    return ((j, by_week[j.as_of]) for j in ours if j.as_of in by_week)


def _difference(pairs: list[tuple[Judged, Judged]]) -> dict:
    ours, theirs = _ap([j for j, _ in pairs]), _ap([j for _, j in pairs])
    interval = mean_interval(np.concatenate([j.customer for j, _ in pairs]), ours - theirs)
    return {
        "full_system": float(ours.mean()),
        "best_baseline_map": float(theirs.mean()),
        "ratio": float(ours.mean() / theirs.mean()) if theirs.any() else None,
        "difference": interval.mean,
        "difference_low": interval.low,
        "difference_high": interval.high,
    }


def _ap(judged: list[Judged]) -> np.ndarray:
    """MAP@12 of every row."""
    return np.concatenate([j.scores.buyers["map_at_12"] for j in judged])
