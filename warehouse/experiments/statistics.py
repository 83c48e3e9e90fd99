"""One metric, one treatment against the control, from their moments: tea-tasting's test and the sequential interval.

Several treatments share alpha evenly (Bonferroni), so intervals and p-values of all comparisons hold together and agree.
"""

from dataclasses import dataclass
from math import expm1, isfinite, log1p

import tea_tasting as tt
from tea_tasting.aggr import Aggregates

from warehouse.experiments.metrics import Metric
from warehouse.experiments.sequential import stretch

SRM_ALARM = 0.001
"""p-value below which a sample ratio is broken; as in GrowthBook and Statsig, so that daily looks do not cry wolf."""


@dataclass(frozen=True)
class Terms:
    """What a comparison is made under.

    Attributes:
        alpha: error probability of all comparisons together.
        comparisons: treatments that share it.
        expected_customers: where sequential intervals are tightest.
        use_covariate: reduce the noise by the days before the first exposure (CUPED).
    """

    alpha: float = 0.05
    comparisons: int = 1
    expected_customers: int = 5_000
    use_covariate: bool = True

    @property
    def level(self) -> float:
        """Confidence level of one comparison."""
        return 1 - self.alpha / self.comparisons


@dataclass(frozen=True)
class Interval:
    """Bounds of a change, and the same relative to the control (None: no relative change can be told)."""

    low: float
    high: float
    relative_low: float | None
    relative_high: float | None

    @property
    def sign(self) -> int:
        """1 wholly above 0, -1 wholly below, 0 it holds 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True)
class Effect:
    """What a treatment changed in a metric.

    Attributes:
        control, treatment: the metric in each; adjusted by the covariate where `is_adjusted`.
        change, relative: their difference, and as a share of the control's.
        fixed: interval that holds at one look decided beforehand; `sequential` holds at all looks at once.
        p_value: of the fixed test, times the number of treatments.
        variance_left: share of the variance that the covariate left; 1 without one.
    """

    metric: str
    variant: str
    control: float
    treatment: float
    change: float
    relative: float | None
    fixed: Interval
    sequential: Interval
    p_value: float
    is_adjusted: bool
    variance_left: float


def effect(metric: Metric, variant: str, control: Aggregates, treatment: Aggregates, terms: Terms) -> Effect | None:
    """The treatment's effect on a metric from the moments of both arms; None: too few customers, or nothing that varies."""
    total = control + treatment
    if not _can_be_told(metric, control, treatment):
        return None
    adjusted = terms.use_covariate and has_covariate(metric, total)
    found = _test(metric, adjusted, terms.level).analyze_aggregates(control, treatment)
    normal = mean_test(metric, adjusted, confidence_level=terms.level, use_t=False).analyze_aggregates(control, treatment)
    width = stretch(total.count(), 1 - terms.level, terms.expected_customers)
    return Effect(
        metric=metric.name,
        variant=variant,
        control=float(found.control),
        treatment=float(found.treatment),
        change=float(found.effect_size),
        relative=_finite(found.rel_effect_size),
        fixed=_interval(found),
        sequential=_stretched(normal, width),
        p_value=min(1.0, float(found.pvalue) * terms.comparisons),
        is_adjusted=adjusted,
        variance_left=variance_left(metric, total) if adjusted else 1.0,
    )


def sample_ratio(control: int, treatment: int, expected: float) -> float:
    """p-value of the customers of two arms against the expected treatment/control ratio."""
    counts = {0: Aggregates(control), 1: Aggregates(treatment)}
    return float(tt.SampleRatio(expected).analyze(counts, 0, 1).pvalue)


def mean_test(metric: Metric, adjusted: bool, **settings: object) -> tt.RatioOfMeans:
    """tea-tasting's test of a mean or a ratio of means (delta method, unequal variances), with the covariate or without."""
    above, below = metric.numerator, metric.denominator
    before = _before(metric) if adjusted else (None, None)
    return tt.RatioOfMeans(above, below, *before, equal_var=False, **settings)


def has_covariate(metric: Metric, total: Aggregates) -> bool:
    """Whether the days before tell anything: the covariate varies, and a ratio's denominator is there."""
    above, below = _before(metric)
    return bool(total.var(above) > 0 and (below is None or total.mean(below) > 0))


def variance_left(metric: Metric, total: Aggregates) -> float:
    """1 - squared correlation of the metric with its covariate."""
    names, before = (metric.numerator, metric.denominator), _before(metric)
    product = total.ratio_var(*names) * total.ratio_var(*before)
    return float(1 - total.ratio_cov(*names, *before) ** 2 / product) if product > 0 else 1.0


def _before(metric: Metric) -> tuple[str, str | None]:
    return f"pre_{metric.numerator}", metric.denominator and f"pre_{metric.denominator}"


def _can_be_told(metric: Metric, *arms: Aggregates) -> bool:
    if any(arm.count() < 2 or (metric.denominator and not arm.mean(metric.denominator) > 0) for arm in arms):
        return False
    return all(arm.ratio_var(metric.numerator, metric.denominator) > 0 for arm in arms)


def _test(metric: Metric, adjusted: bool, level: float) -> tt.RatioOfMeans | tt.Proportion:
    if metric.kind == "proportion" and not adjusted:
        return tt.Proportion(metric.numerator, method="norm", confidence_level=level, correction=False, equal_var=False)
    return mean_test(metric, adjusted, confidence_level=level)


def _interval(found: object) -> Interval:
    relative = _finite(found.rel_effect_size_ci_lower), _finite(found.rel_effect_size_ci_upper)
    return Interval(float(found.effect_size_ci_lower), float(found.effect_size_ci_upper), *relative)


def _stretched(found: object, width: float) -> Interval:
    """The fixed normal interval, `width` times wider; the relative one on its log scale."""
    half = (found.effect_size_ci_upper - found.effect_size) * width
    low, high = float(found.effect_size - half), float(found.effect_size + half)
    relative, upper = _finite(found.rel_effect_size), _finite(found.rel_effect_size_ci_upper)
    if relative is None or upper is None or relative <= -1:
        return Interval(low, high, None, None)
    log_half = (log1p(upper) - log1p(relative)) * width
    return Interval(low, high, expm1(log1p(relative) - log_half), expm1(min(log1p(relative) + log_half, 700)))


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None
