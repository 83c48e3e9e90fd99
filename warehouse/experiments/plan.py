"""Before the start: how many customers it takes, or what change so many customers can show.

The noise is taken from what customers did in a stretch as long as the experiment, just before it: from events, or, where
there are none yet, from the landed purchases.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.optimize import brentq
from scipy.stats import norm
from tea_tasting.aggr import Aggregates

from warehouse.experiments.assignment import shares
from warehouse.experiments.definition import Experiment
from warehouse.experiments.errors import NoDataError
from warehouse.experiments.metrics import METRICS, SCALE
from warehouse.experiments.report import terms
from warehouse.experiments.sequential import reach
from warehouse.experiments.statistics import has_covariate, mean_test, variance_left
from warehouse.experiments.sums import COLUMNS, of_rows
from warehouse.hive.catalogue import Catalogue

LEAST = 30
"""Customers below which nothing is planned from them."""
FROM_LOG = ("buyers", "purchases", "spend")
"""Quantities that the landed purchases tell; visits and views are known from events alone."""
MOST = 10**9


@dataclass(frozen=True)
class Size:
    """So many customers of all variants together, and the smallest relative change found with the wanted power."""

    customers: int
    change_at_end: float
    change_sequential: float


@dataclass(frozen=True)
class Plan:
    """What an experiment can show.

    Attributes:
        basis: what the noise was taken from; `customers`: how many were in it, over as many days as the experiment has.
        value: the goal as it was; `variance_left`: share of its variance after the covariate.
        needed_at_end, needed_sequential: customers of all variants for `minimal_effect`; None: more than a billion.
        sizes: other numbers of customers.
    """

    experiment: str
    goal: str
    basis: str
    customers: int
    value: float
    variance_left: float
    minimal_effect: float
    power: float
    alpha: float
    needed_at_end: int | None
    needed_sequential: int | None
    sizes: list[Size]

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts."""
        return asdict(self)


def plan(experiment: Experiment, moments: Aggregates, basis: str, sizes: Sequence[int] = ()) -> Plan:
    """What the experiment can show on customers like these.

    Raises:
        NoDataError: too few of them, or the goal does not vary.
    """
    metric = METRICS[experiment.goal]
    if moments.count() < LEAST or not moments.ratio_var(metric.numerator, metric.denominator) > 0:
        raise NoDataError(
            f"{moments.count()} customers ({basis}) say too little about {experiment.goal}; "
            "let events come in first, or `hm run FOLDER` a log."
        )
    adjusted = experiment.pre_days > 0 and has_covariate(metric, moments)
    noise = _Noise(experiment, moments, adjusted)
    asked = sorted({*sizes, moments.count(), experiment.expected_customers})
    return Plan(
        experiment=experiment.name,
        goal=experiment.goal,
        basis=basis,
        customers=moments.count(),
        value=noise.value,
        variance_left=variance_left(metric, moments) if adjusted else 1.0,
        minimal_effect=experiment.minimal_effect,
        power=experiment.power,
        alpha=experiment.alpha,
        needed_at_end=noise.needed_at_end(),
        needed_sequential=noise.needed_sequential(),
        sizes=[Size(n, noise.change_at_end(n), noise.change_sequential(n)) for n in asked],
    )


class _Noise:
    """Power of one treatment against the control: tea-tasting's for one look, the sequential reach for all of them."""

    def __init__(self, experiment: Experiment, moments: Aggregates, adjusted: bool):
        metric, share = METRICS[experiment.goal], shares(experiment)
        # The smallest treatment decides; the others are found sooner.
        smallest = min(share[variant.name] for variant in experiment.treatments)
        self._experiment, self._moments = experiment, moments
        self._pair, self._ratio = share[experiment.control] + smallest, smallest / share[experiment.control]
        self._alpha = 1 - terms(experiment).level
        # Without the t distribution: its solver fails where arms are uneven, and planned samples are large.
        self._settings = {"alpha": self._alpha, "power": experiment.power, "ratio": self._ratio, "use_t": False}
        self._test = lambda **more: mean_test(metric, adjusted, **self._settings, **more)
        self.value = moments.mean(metric.numerator) / moments.mean(metric.denominator)

    def change_at_end(self, customers: int) -> float:
        """Smallest relative change found at one look, of so many customers in all variants."""
        test = self._test(n_obs=max(4, round(customers * self._pair)))
        return float(test.solve_power_from_aggregates(self._moments, "rel_effect_size")[0].rel_effect_size)

    def needed_at_end(self) -> int | None:
        """Customers of all variants that show `minimal_effect` at one look."""
        test = self._test(rel_effect_size=self._experiment.minimal_effect)
        pair = test.solve_power_from_aggregates(self._moments, "n_obs")[0].n_obs
        return ceil(pair / self._pair) if pair < MOST else None

    def change_sequential(self, customers: float) -> float:
        """The same for the sequential interval, at its last look (earlier ones only add power)."""
        pair = customers * self._pair
        normal = norm.ppf(1 - self._alpha / 2) + norm.ppf(self._experiment.power)
        wide = float(reach(pair, self._alpha, self._experiment.expected_customers)) + norm.ppf(self._experiment.power)
        reference = 10_000
        return self.change_at_end(reference) * sqrt(reference / customers) * float(wide / normal)

    def needed_sequential(self) -> int | None:
        """Customers of all variants that show `minimal_effect` by the last look."""

        def missing(log_n: float) -> float:
            return self.change_sequential(np.exp(log_n)) - self._experiment.minimal_effect

        top = np.log(MOST)
        return None if missing(top) > 0 else ceil(np.exp(brentq(missing, np.log(4), top)))


def from_log(catalogue: Catalogue, experiment: Experiment) -> tuple[Aggregates, str]:
    """Moments of the landed purchases, of the last days before the start (or of the log, where that ends earlier).

    The customers are those who bought in these days or in the `pre_days` before them: who only looks is in no log.

    Raises:
        NoDataError: the goal is none that purchases tell.
        MissingDataError: nothing is built.
    """
    metric = METRICS[experiment.goal]
    if not {metric.numerator, metric.denominator or "buyers"} <= set(FROM_LOG):
        raise NoDataError(
            f"{experiment.goal} is not told by purchases; let the API's events come in before you plan with it."
        )
    lines = catalogue.read("marts.fct_transactions", ["customer_key", "t_dat", "price", "n_lines"])
    last = pc.max(lines["t_dat"]).as_py()
    ends = min(experiment.starts.date(), last + timedelta(days=1))
    starts = ends - timedelta(days=experiment.days)
    rows = _quantities(lines, starts - timedelta(days=experiment.pre_days), starts, ends)
    return of_rows(rows).aggregates(), f"landed purchases, {starts} to {ends - timedelta(days=1)}"


def _quantities(lines: pa.Table, first: date, starts: date, ends: date) -> np.ndarray:
    """Rows of `COLUMNS` per customer, in whole units."""
    day = lines["t_dat"].to_numpy().astype("datetime64[D]")
    kept = (day >= np.datetime64(first)) & (day < np.datetime64(ends))
    _, who = np.unique(lines["customer_key"].to_numpy()[kept], return_inverse=True)
    times = lines["n_lines"].to_numpy()[kept].astype(np.int64)
    units = np.rint(lines["price"].cast(pa.float64()).to_numpy()[kept] * SCALE["spend"]).astype(np.int64) * times
    rows = np.zeros((int(who.max(initial=-1)) + 1, len(COLUMNS)), np.int64)
    for prefix, those in (("", day[kept] >= np.datetime64(starts)), ("pre_", day[kept] < np.datetime64(starts))):
        np.add.at(rows[:, COLUMNS.index(f"{prefix}purchases")], who[those], times[those])
        np.add.at(rows[:, COLUMNS.index(f"{prefix}spend")], who[those], units[those])
        rows[:, COLUMNS.index(f"{prefix}buyers")] = rows[:, COLUMNS.index(f"{prefix}purchases")] > 0
    return rows
