"""One experiment's result from the store: health first, every metric, the goal day by day, the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from clickhouse_connect.driver.client import Client
from tea_tasting.aggr import Aggregates

from warehouse.experiments import health
from warehouse.experiments.assignment import shares
from warehouse.experiments.definition import Experiment
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.statistics import Effect, Terms, effect
from warehouse.experiments.sums import Sums, read
from warehouse.experiments.verdict import verdict

LOOKS = 40
"""Days that are shown one by one at most; a longer one is shown every second, third, ... day. Each reads all events."""


@dataclass(frozen=True)
class Look:
    """The goal as it stood at the end of a day, for one treatment; `effect` None where nothing could be told."""

    until: datetime
    variant: str
    customers: int
    effect: Effect | None


@dataclass(frozen=True)
class Report:
    """All that is shown of an experiment.

    Attributes:
        is_simulated: the customers were simulated: never an A/B result.
        until: events before this moment are counted.
        customers: those counted, by variant; `values`: each metric by variant, plain means or ratios.
        effects: of the goal, then of the guardrails, for every treatment.
        looks: the goal day by day.
    """

    experiment: Experiment
    is_simulated: bool
    until: datetime
    exposed: health.Shown | None
    customers: dict[str, int]
    health: list[health.Check]
    values: dict[str, dict[str, float | None]]
    effects: list[Effect]
    looks: list[Look]
    verdict: list[str]

    @property
    def is_healthy(self) -> bool:
        """Nothing forbids to read the results."""
        return all(check.state != "bad" for check in self.health)

    def to_dict(self) -> dict:
        """Plain dicts and lists; moments stay moments."""
        rest = {name: getattr(self, name) for name in ("is_simulated", "until", "customers", "values", "verdict")}
        return {
            "experiment": self.experiment.model_dump(),
            **rest,
            "shares": shares(self.experiment),
            "exposed": self.exposed and asdict(self.exposed),
            "health": [asdict(check) for check in self.health],
            "effects": [asdict(one) for one in self.effects],
            "looks": [asdict(one) for one in self.looks],
        }


def report(
    client: Client, experiment: Experiment, now: datetime, is_simulated: bool | None = None, looks: int = LOOKS
) -> Report:
    """An experiment's state at a moment.

    Args:
        now: with a zone; events from then on do not count.
        is_simulated: which traffic; None: real customers' unless there are simulated ones only. Never both.
        looks: days that are shown one by one at most.
    """
    shown = health.shown(client)
    if is_simulated is None:
        is_simulated = (experiment.name, False) not in shown and (experiment.name, True) in shown
    until = min(now, experiment.ends)
    found = read(client, experiment, until, is_simulated)
    moments = {variant: sums.aggregates() for variant, sums in found.items()}
    checks = _health(client, experiment, found, shown.get((experiment.name, is_simulated)), is_simulated)
    effects = _effects(experiment, moments)
    return Report(
        experiment=experiment,
        is_simulated=is_simulated,
        until=until,
        exposed=shown.get((experiment.name, is_simulated)),
        customers={variant.name: found[variant.name].customers for variant in experiment.variants if variant.name in found},
        health=checks,
        values={name: {variant: _value(name, one) for variant, one in moments.items()} for name in experiment.metrics},
        effects=effects,
        looks=_looks(client, experiment, days(experiment, until, looks), is_simulated) if moments else [],
        verdict=verdict(experiment, checks, effects, now),
    )


def terms(experiment: Experiment) -> Terms:
    """What its comparisons are made under."""
    return Terms(
        alpha=experiment.alpha,
        comparisons=len(experiment.treatments),
        expected_customers=experiment.expected_customers,
        use_covariate=experiment.pre_days > 0,
    )


def _health(
    client: Client, experiment: Experiment, found: Mapping[str, Sums], exposed: health.Shown | None, is_simulated: bool
) -> list[health.Check]:
    counted = {variant: sums.customers for variant, sums in found.items()}
    column = METRICS[experiment.goal].numerator
    happened = sum(one.aggregates().mean(column) for one in found.values())
    strangers = health.not_as_drawn(client, experiment, is_simulated)
    return health.checks(experiment, counted, happened, exposed, strangers)


def _effects(experiment: Experiment, moments: Mapping[str, Aggregates]) -> list[Effect]:
    made = [_effect(experiment, name, v.name, moments) for name in experiment.metrics for v in experiment.treatments]
    return [one for one in made if one]


def _effect(experiment: Experiment, metric: str, variant: str, moments: Mapping[str, Aggregates]) -> Effect | None:
    if variant not in moments or experiment.control not in moments:
        return None
    return effect(METRICS[metric], variant, moments[experiment.control], moments[variant], terms(experiment))


def _value(metric: str, moments: Aggregates) -> float | None:
    above, below = METRICS[metric].numerator, METRICS[metric].denominator
    over = moments.mean(below)
    return moments.mean(above) / over if over else None


def _looks(client: Client, experiment: Experiment, until: Sequence[datetime], is_simulated: bool) -> list[Look]:
    looks = []
    for day in until:
        found = read(client, experiment, day, is_simulated)
        moments = {variant: sums.aggregates() for variant, sums in found.items()}
        n = sum(sums.customers for sums in found.values())
        looks += [Look(day, v.name, n, _effect(experiment, experiment.goal, v.name, moments)) for v in experiment.treatments]
    return looks


def days(experiment: Experiment, until: datetime, most: int = LOOKS) -> list[datetime]:
    """Ends of days from the start to `until`, which is the last one; `most` at most."""
    whole = max(1, -((experiment.starts - until) // timedelta(days=1)))
    step = -(-whole // most)
    ends = [experiment.starts + timedelta(days=i) for i in range(step, whole, step)]
    return [*(day for day in ends if day < until), until]
