"""tea-tasting on the store's sums says what scipy and statsmodels say of the raw rows."""

from math import log, sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm, ttest_ind
from statsmodels.stats.proportion import confint_proportions_2indep

from tests.experiments.rows import customers, events, experiment, exposures, insert, per_customer
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.report import report
from warehouse.experiments.sequential import reach, rho
from warehouse.experiments.statistics import Terms, effect, sample_ratio
from warehouse.experiments.sums import read

N = 3_000


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(7)
    tested = experiment()
    rows = tested, exposures(tested, N, rng), events(N, rng, lift=0.1, tested=tested)
    return (*rows, per_customer(*rows))


@pytest.fixture
def arms(store, made):
    insert(store, *made[1:3])
    found = read(store, made[0], made[0].ends, is_simulated=False)
    return found["old"].aggregates(), found["new"].aggregates()


def split(frame, column):
    return (frame.loc[frame["variant"] == name, column].to_numpy() for name in ("old", "new"))


@pytest.mark.parametrize(("metric", "column"), [("purchases", "purchases"), ("spend", "spend"), ("steps", "steps")])
def test_a_mean_is_welchs_t_test(arms, made, metric, column):
    old, new = split(made[3], column)
    other = ttest_ind(new, old, equal_var=False)
    found = effect(METRICS[metric], "new", *arms, Terms(use_covariate=False))
    low, high = other.confidence_interval(0.95)
    assert found.p_value == pytest.approx(other.pvalue, rel=1e-9)
    assert (found.fixed.low, found.fixed.high) == pytest.approx((low, high), rel=1e-9)


def test_a_proportion_is_the_wald_test_of_two_proportions(arms, made):
    old, new = split(made[3], "buyers")
    found = effect(METRICS["conversion"], "new", *arms, Terms(use_covariate=False))
    low, high = confint_proportions_2indep(new.sum(), len(new), old.sum(), len(old), method="wald", compare="diff")
    assert (found.fixed.low, found.fixed.high) == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize("metric", ["session_length", "price_per_purchase", "click_rate"])
def test_a_ratio_has_the_interval_of_its_linearised_rows(arms, made, metric):
    """The delta method by hand: the variance of (numerator - ratio * denominator) / mean(denominator), row by row."""
    tested = METRICS[metric]
    above, below = (list(split(made[3], name)) for name in (tested.numerator, tested.denominator))
    ratio = [a.mean() / b.mean() for a, b in zip(above, below, strict=True)]
    rows = [(a - r * b) / b.mean() for a, b, r in zip(above, below, ratio, strict=True)]
    se = sqrt(sum(row.var(ddof=1) / len(row) for row in rows))
    found = effect(tested, "new", *arms, Terms(use_covariate=False))
    assert found.change == pytest.approx(ratio[1] - ratio[0], rel=1e-9)
    assert found.fixed.high - found.change == pytest.approx(
        ttest_ind(*rows, equal_var=False).confidence_interval().high - (rows[0].mean() - rows[1].mean()), rel=1e-9
    )
    assert (found.sequential.high - found.change) / float(reach(N, 0.05, 5000)) == pytest.approx(se, rel=1e-9)


def test_the_covariate_is_a_regression_on_the_days_before(arms, made):
    """CUPED's coefficient is the pooled slope; the adjusted rows then meet the same t-test."""
    frame = made[3]
    slope = sm.OLS(frame["spend"], sm.add_constant(frame["pre_spend"])).fit().params["pre_spend"]
    adjusted = frame.assign(spend=frame["spend"] - slope * (frame["pre_spend"] - frame["pre_spend"].mean()))
    old, new = split(adjusted, "spend")
    plain = effect(METRICS["spend"], "new", *arms, Terms(use_covariate=False))
    found = effect(METRICS["spend"], "new", *arms, Terms())
    assert found.is_adjusted
    # tea-tasting pools the moments within the arms, statsmodels over all rows: the slopes differ by the arms' means.
    assert found.p_value == pytest.approx(ttest_ind(new, old, equal_var=False).pvalue, rel=1e-3)
    assert found.fixed.high - found.fixed.low < plain.fixed.high - plain.fixed.low
    assert found.variance_left == pytest.approx(1 - np.corrcoef(frame["spend"], frame["pre_spend"])[0, 1] ** 2, rel=1e-3)


def test_several_treatments_share_alpha(arms):
    one = effect(METRICS["spend"], "new", *arms, Terms())
    three = effect(METRICS["spend"], "new", *arms, Terms(comparisons=3))
    width = norm.ppf(1 - 0.05 / 6) / norm.ppf(0.975)
    assert three.fixed.high - three.change == pytest.approx((one.fixed.high - one.change) * width, rel=1e-3)
    assert three.p_value == pytest.approx(min(1, 3 * one.p_value))


def test_the_sequential_interval_is_the_papers_formula_and_tightest_where_it_was_tuned():
    n, alpha, r = 1_000, 0.05, rho(0.05, 2_000)
    by_hand = sqrt(2 * (n * r**2 + 1) / (n**2 * r**2) * log(sqrt(n * r**2 + 1) / alpha)) * sqrt(n)
    assert float(reach(n, alpha, 2_000)) == pytest.approx(by_hand)
    others = [float(reach(n, alpha, expected)) for expected in (250, 500, 2_000, 4_000)]
    assert min(others) > float(reach(n, alpha, n)) > 2.5


def test_the_sample_ratio_is_told_against_the_weights():
    assert sample_ratio(5_000, 5_050, 1.0) > 0.5
    assert sample_ratio(5_000, 5_600, 1.0) < 1e-6
    assert sample_ratio(5_000, 15_000, 3.0) > 0.9


def test_nothing_is_told_of_too_few_or_of_what_does_not_vary(store, made):
    tested, exposed, happened, _ = made
    insert(store, exposed[exposed["customer_id"].isin(customers(3))], happened[happened["kind"] != "purchase"])
    found = report(store, tested, tested.ends)
    assert [one.metric for one in found.effects if one.metric == "purchases"] == []
    assert found.verdict[0].startswith("No verdict: data: ")
