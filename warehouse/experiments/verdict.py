"""What follows from the figures, in plain words."""

from collections.abc import Sequence
from datetime import datetime

from warehouse.experiments.definition import Experiment
from warehouse.experiments.health import Check
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.statistics import Effect, Interval


def deciding(experiment: Experiment, effect: Effect) -> Interval:
    """The interval that decides: which one was laid down before the start."""
    return effect.sequential if experiment.decide == "sequential" else effect.fixed


def verdict(experiment: Experiment, health: Sequence[Check], effects: Sequence[Effect], now: datetime) -> list[str]:
    """Sentences for everyone, the decision first.

    Args:
        effects: of the goal and the guardrails, for every treatment.
    """
    bad = [check for check in health if check.state == "bad"]
    if bad:
        return [f"No verdict: {check.name}: {check.says}." for check in bad]
    told = [_of_treatment(experiment, variant.name, effects) for variant in experiment.treatments]
    return [*told, *_when(experiment, now)]


def _of_treatment(experiment: Experiment, variant: str, effects: Sequence[Effect]) -> str:
    found = {effect.metric: effect for effect in effects if effect.variant == variant}
    goal = found.get(experiment.goal)
    title = METRICS[experiment.goal].title
    if goal is None:
        return f"{variant} cannot be compared with {experiment.control} yet: too few customers, or {title} does not vary."
    interval = deciding(experiment, goal)
    is_what = {1: "is better than", -1: "is worse than", 0: "shows no difference to"}[interval.sign]
    said = f"{variant} {is_what} {experiment.control}: {title} {_change(goal.relative, goal.change)}, {_bounds(interval)}."
    if not interval.sign:
        said += " That is no proof that there is none."
    worse = [name for name in experiment.guardrails if name in found and deciding(experiment, found[name]).sign < 0]
    return said + _harm(worse, interval.sign)


def _harm(worse: Sequence[str], sign: int) -> str:
    if not worse:
        return ""
    named = ", ".join(METRICS[name].title for name in worse)
    return f" But a guardrail is worse: {named}." + (" Do not roll it out without a decision on that." if sign > 0 else "")


def _when(experiment: Experiment, now: datetime) -> list[str]:
    if now >= experiment.ends:
        return []
    if experiment.decide == "at_end":
        return [f"This is a look before the end ({experiment.ends:%Y-%m-%d}), when alone it is decided: do not stop by it."]
    return [f"It runs until {experiment.ends:%Y-%m-%d}; these intervals hold on every day, so it may be stopped by them."]


def _change(relative: float | None, change: float) -> str:
    return f"{relative:+.1%}" if relative is not None else f"{change:+.4g}"


def _bounds(interval: Interval) -> str:
    if interval.relative_low is None or interval.relative_high is None:
        return f"interval {interval.low:+.4g} to {interval.high:+.4g}"
    return f"interval {interval.relative_low:+.1%} to {interval.relative_high:+.1%}"
