"""Do the intervals do what they say? `python -m tests.experiments.calibration --write` writes docs/experiments.md."""

import argparse
import sys
import time
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
from scipy.stats import norm

from tests.experiments.draws import Moments, World, draw
from tests.experiments.vectorised import compared
from warehouse.experiments.sequential import reach
from warehouse.experiments.statistics import SRM_ALARM, sample_ratio

PAGE = Path(__file__).parents[2] / "docs" / "experiments.md"
BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
ALPHA, EXPECTED = 0.05, 2_000


@dataclass(frozen=True)
class Row:
    """One line of the table; `low` and `high`: between what it must lie."""

    what: str
    rate: float
    seeds: int
    low: float
    high: float

    @property
    def holds(self) -> bool:
        return self.low <= self.rate <= self.high


def error(rate: float, seeds: int, sigmas: float = 3.0) -> float:
    """So many standard errors of a rate that so many seeds measure."""
    return sigmas * sqrt(rate * (1 - rate) / seeds)


def z_of(kind: str, moments: Moments, cuped: bool, arm: int = 1) -> np.ndarray:
    """Difference by its standard error, [S, D]."""
    with np.errstate(divide="ignore", invalid="ignore"):  # on a first day without a purchase nothing can be told
        control, treatment, var_control, var_treatment = compared(kind, moments, arm, cuped)
        return np.nan_to_num((treatment - control) / np.sqrt(var_control + var_treatment), posinf=0.0, neginf=0.0)


def nothing_to_find(seeds: int, world: World, rng: np.random.Generator) -> list[Row]:
    """A/A: how often "a difference" is found, looking once, every day unprepared, every day with the sequential interval."""
    moments = draw(world, seeds, rng)
    found, once = [], norm.ppf(1 - ALPHA / 2)
    always = reach(moments.n.sum(-1), ALPHA, EXPECTED)
    exact = 0.05 - error(0.05, seeds), 0.05 + error(0.05, seeds)
    for kind, cuped, name in _METRICS:
        z = np.abs(z_of(kind, moments, cuped))[:, 1:]
        found += [
            Row(f"A/A, one look at the end, {name}", float((z[:, -1] > once).mean()), seeds, *exact),
            Row(f"A/A, naive daily look, {name}", float((z > once).any(1).mean()), seeds, 0.1, 1),
            Row(f"A/A, sequential, daily look, {name}", float((z > always[:, 1:]).any(1).mean()), seeds, 0, exact[1]),
        ]
    return found


_METRICS = (
    ("mean", False, "mean"),
    ("mean", True, "mean with covariate"),
    ("ratio", False, "ratio"),
    ("ratio", True, "ratio with covariate"),
)


def several_treatments(seeds: int, world: World, rng: np.random.Generator) -> list[Row]:
    """A/A/A/A: any of three treatments found different."""
    many = World(world.customers * 2, world.days, arms=4)
    moments = draw(many, seeds, rng)
    z = np.stack([np.abs(z_of("mean", moments, True, arm))[:, -1] for arm in (1, 2, 3)])
    rate, plain = ((z > norm.ppf(1 - a / 2)).any(0).mean() for a in (ALPHA / 3, ALPHA))
    top = 0.05 + error(0.05, seeds)
    return [
        Row("A/A with 3 treatments, any found, alpha shared", float(rate), seeds, 0, top),
        Row("A/A with 3 treatments, any found, alpha not shared", float(plain), seeds, top, 1),
    ]


def injected(seeds: int, world: World, rng: np.random.Generator, lifts: tuple[float, ...] = (0.05, 0.2)) -> list[Row]:
    """The injected lift is inside the relative interval: 95 % of the time at one look, always at 95 % of all looks."""
    found = []
    for lift in lifts:
        moments = draw(World(world.customers, world.days, lift=lift), seeds, rng)
        for kind, cuped, name in _METRICS:
            off = np.abs(_off(kind, moments, cuped, lift))[:, 1:]
            once = float((off[:, -1] <= norm.ppf(1 - ALPHA / 2)).mean())
            always = reach(moments.n.sum(-1), ALPHA, EXPECTED)[:, 1:]
            least = 0.95 - error(0.95, seeds)
            found.append(Row(f"lift {lift:+.0%} inside at the end, {name}", once, seeds, least, 0.95 + error(0.95, seeds)))
            inside = float((off <= always).all(1).mean())
            found.append(Row(f"lift {lift:+.0%} inside on every day, sequential, {name}", inside, seeds, least, 1))
    return found


def _off(kind: str, moments: Moments, cuped: bool, lift: float) -> np.ndarray:
    """How far the relative change is from the lift, in standard errors of its logarithm."""
    control, treatment, var_control, var_treatment = compared(kind, moments, 1, cuped)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(var_control / control**2 + var_treatment / treatment**2)
        off = (np.log(treatment / control) - np.log1p(lift)) / spread
    # On the first days an arm may have sold nothing: no relative change is told then, so none can be wrong.
    return np.nan_to_num(off, nan=0.0, posinf=0.0, neginf=0.0)


def broken(seeds: int, rng: np.random.Generator) -> list[Row]:
    """Sample ratios of an honest draw, and of one that loses a tenth of an arm, with 20,000 customers."""
    rates = []
    for lost in (0.0, 0.1):
        arm = rng.binomial(20_000, 0.5, seeds)
        kept = rng.binomial(arm, 1 - lost)
        p = [sample_ratio(int(20_000 - a), int(k), 1.0) for a, k in zip(arm, kept, strict=True)]
        rates.append(float((np.array(p) < SRM_ALARM).mean()))
    return [
        Row("sample ratio alarm, honest draw", rates[0], seeds, 0, SRM_ALARM + error(SRM_ALARM, seeds) + 1 / seeds),
        Row("sample ratio alarm, a tenth of one arm lost", rates[1], seeds, 0.95, 1),
    ]


def measured(seeds: int, world: World, seed: int = 1) -> list[Row]:
    """Every line of the table."""
    rng = np.random.default_rng(seed)
    return [
        *nothing_to_find(seeds, world, rng),
        *several_treatments(seeds, world, rng),
        *injected(seeds, world, rng),
        *broken(seeds, rng),
    ]


def table(rows: list[Row]) -> str:
    """Markdown."""
    lines = ["| what | measured | must be | seeds |", "|---|---|---|---|"]
    for row in rows:
        must = f"at most {row.high:.1%}" if row.low == 0 else f"at least {row.low:.1%}" if row.high == 1 else ""
        must = must or f"{row.low:.1%} to {row.high:.1%}"
        lines.append(f"| {row.what} | {row.rate:.1%}{'' if row.holds else ' **no**'} | {must} | {row.seeds:,} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page's table where asked; exit code 1 where a line does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.name}")
    given = parser.parse_args()
    began, rows = time.perf_counter(), measured(given.seeds, World())
    print(table(rows))
    print(f"{time.perf_counter() - began:.0f} s")
    if given.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{rest.partition(END)[2]}")
    sys.exit(not all(row.holds for row in rows))


if __name__ == "__main__":
    main()
