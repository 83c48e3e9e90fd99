"""The tests of warehouse.experiments.statistics for whole arrays of experiments; a test holds them to the product's own."""

import numpy as np

from tests.experiments.draws import Moments


def weights(kind: str, moments: Moments) -> np.ndarray:
    """Gradient of the metric by the four columns' means: what the delta method multiplies covariances with."""
    mean = moments.mean()
    found = np.zeros_like(mean)
    found[..., 0] = 1.0
    if kind == "ratio":
        found[..., 0] = 1 / mean[..., 1]
        found[..., 1] = -mean[..., 0] / mean[..., 1] ** 2
    return found


def value(kind: str, moments: Moments) -> np.ndarray:
    """The metric: purchases per customer, or per visit."""
    mean = moments.mean()
    return mean[..., 0] / mean[..., 1] if kind == "ratio" else mean[..., 0]


def compared(kind: str, moments: Moments, arm: int, cuped: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Control, treatment (adjusted where asked) and the variances of both estimates, [S, D]."""
    values, variances = value(kind, moments), _variance(moments, weights(kind, moments))
    if cuped:
        values, variances = _adjusted(kind, moments, arm, values)
    pair = [0, arm]
    return *np.moveaxis(values[..., pair], -1, 0), *np.moveaxis(variances[..., pair], -1, 0)


def _variance(moments: Moments, gradient: np.ndarray) -> np.ndarray:
    return np.einsum("sdai,sdaij,sdaj->sda", gradient, moments.cov(), gradient) / moments.n


def _before(gradient: np.ndarray) -> np.ndarray:
    """The same gradient, of the two columns before the first exposure."""
    return np.concatenate([np.zeros_like(gradient[..., :2]), gradient[..., :2]], -1)


def _moved(moments: Moments) -> Moments:
    """The columns before, as if they were those after: the covariate is the same metric."""
    order = [2, 3, 0, 1]
    return Moments(moments.n, moments.sums[..., order], moments.products[..., order, :][..., order])


def _adjusted(kind: str, moments: Moments, arm: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = moments.pooled((0, arm))
    after, before = weights(kind, total), _before(weights(kind, _moved(total)))
    cov = total.cov()
    slope = np.einsum("sdai,sdaij,sdaj->sda", after, cov, before) / np.einsum("sdai,sdaij,sdaj->sda", before, cov, before)
    covariate, centre = value(kind, _moved(moments)), value(kind, _moved(total))
    gradient = weights(kind, moments) - slope[..., None] * _before(weights(kind, _moved(moments)))
    return values - slope * (covariate - centre), _variance(moments, gradient)
