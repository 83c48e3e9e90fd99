"""Thousands of made-up experiments at once, as moments per seed and day: what calibration is measured on.

Customers come in over the first half of the experiment, each with an own rate of visits (gamma), so that figures before the
first exposure tell something about those after it; purchases are a share of visits. Nothing here is about anybody.
"""

from dataclasses import dataclass

import numpy as np

COLUMNS = ("purchases", "sessions", "pre_purchases", "pre_sessions")


@dataclass(frozen=True)
class World:
    """What is drawn; `lift` multiplies the treatment's purchases per visit."""

    customers: int = 2_000
    days: int = 28
    arms: int = 2
    lift: float = 0.0
    visits_per_day: float = 0.15
    purchases_per_visit: float = 0.4
    lost: float = 0.0
    """Share of the last arm's customers that a broken assignment loses."""


@dataclass(frozen=True)
class Moments:
    """By seed, day and arm: customers [S, D, A], sums [S, D, A, 4], products of two [S, D, A, 4, 4]."""

    n: np.ndarray
    sums: np.ndarray
    products: np.ndarray

    def mean(self) -> np.ndarray:
        """Means by column."""
        return self.sums / self.n[..., None]

    def cov(self) -> np.ndarray:
        """Sample covariances."""
        n = self.n[..., None, None]
        return (self.products - self.sums[..., :, None] * self.sums[..., None, :] / n) / (n - 1)

    def pooled(self, arms: tuple[int, int]) -> "Moments":
        """Two arms taken together, as one."""
        parts = (part[:, :, list(arms)].sum(2, keepdims=True) for part in (self.n, self.sums, self.products))
        return Moments(*parts)


def draw(world: World, seeds: int, rng: np.random.Generator) -> Moments:
    """Moments of so many experiments of a world."""
    chunks = [_some(world, min(8, seeds - done), rng) for done in range(0, seeds, 8)]
    return Moments(*(np.concatenate(part) for part in zip(*chunks, strict=True)))


def rows(world: World, seeds: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cumulated purchases and visits by day, and those before: [S, N, D, 4]; who is in by then [S, N, D]; the arm [S, N]."""
    shape = seeds, world.customers
    rate = rng.gamma(1.0, world.visits_per_day, shape)
    arm = rng.integers(0, world.arms, shape)
    kept = ~((arm == world.arms - 1) & (rng.random(shape) < world.lost))
    entry = rng.integers(0, world.days // 2, shape)
    is_in = (np.arange(world.days) >= entry[..., None]) & kept[..., None]
    buys = world.purchases_per_visit * np.where(arm == world.arms - 1, 1 + world.lift, 1.0)
    visits = rng.poisson(rate[..., None] * is_in)
    bought = rng.poisson(buys[..., None] * visits)
    before = rng.poisson(rate * world.days)
    before_bought = rng.poisson(world.purchases_per_visit * before)
    values = np.empty((*shape, world.days, 4), np.float32)
    values[..., 0], values[..., 1] = bought.cumsum(-1), visits.cumsum(-1)
    values[..., 2], values[..., 3] = before_bought[..., None], before[..., None]
    return values * is_in[..., None], is_in, arm


def _some(world: World, seeds: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, is_in, arm = rows(world, seeds, rng)
    by_arm = (arm[..., None] == np.arange(world.arms)).astype(np.float32)
    n = np.einsum("snd,sna->sda", is_in.astype(np.float32), by_arm)
    sums = np.einsum("sndk,sna->sdak", values, by_arm, optimize=True)
    pairs = [np.einsum("sndk,snd,sna->sdak", values, values[..., j], by_arm, optimize=True) for j in range(4)]
    # Whole numbers below 2^24 are exact in float32; what follows divides and subtracts, so it is done in float64.
    return n.astype(float), sums.astype(float), np.stack(pairs, -1).astype(float)
