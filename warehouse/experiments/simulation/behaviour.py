"""How a simulated customer uses a list: looks down it, opens, buys, goes on or leaves, comes back or not.

A cascade: positions are looked at from the top; an article is opened with a chance that grows with the customer's affinity
for it, an opened one is bought with a fixed chance, and whether the next one is looked at depends on what was found. Visits
grow and shrink with satisfaction, so a better list shows in session length, in purchases and in who comes back.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Behaviour:
    """All parameters; made up, the same for every variant, and told wherever results are.

    Attributes:
        visits_per_day: of a customer of average activity and satisfaction.
        attraction: chance to open an article = attraction x square root of affinity, at most 0.9.
        buys: chance that an opened article is bought.
        had_it: factor on opening what was bought in this simulation already.
        goes_on, goes_on_after_opening, goes_on_after_buying: chance to look at the next article.
        learns: weight of a visit in satisfaction, which begins at 0.5; a visit counts 1 bought, 0.6 opened, else 0.
        leaves: chance to leave for good after a visit without an opened article, times 1 - satisfaction.
    """

    visits_per_day: float = 0.12
    attraction: float = 0.8
    buys: float = 0.25
    had_it: float = 0.3
    goes_on: float = 0.8
    goes_on_after_opening: float = 0.93
    goes_on_after_buying: float = 0.7
    learns: float = 0.3
    leaves: float = 0.15


@dataclass(frozen=True)
class Visits:
    """What happened in one visit each: looked at, opened, bought by position [S, n], and steps [S]."""

    viewed: np.ndarray
    clicked: np.ndarray
    bought: np.ndarray

    @property
    def steps(self) -> np.ndarray:
        """Articles looked at."""
        return self.viewed.sum(1)


def visit(affinity: np.ndarray, had: np.ndarray, behaviour: Behaviour, rng: np.random.Generator) -> Visits:
    """One visit per row.

    Args:
        affinity: [S, n], 0 to 1, by position.
        had: [S, n], bought in this simulation before.
    """
    chance = np.minimum(0.9, behaviour.attraction * np.sqrt(affinity)) * np.where(had, behaviour.had_it, 1.0)
    would_click = rng.random(affinity.shape) < chance
    would_buy = would_click & (rng.random(affinity.shape) < behaviour.buys)
    goes_on = np.where(would_click, behaviour.goes_on_after_opening, behaviour.goes_on)
    goes_on = np.where(would_buy, behaviour.goes_on_after_buying, goes_on)
    stays = rng.random(affinity.shape) < goes_on
    viewed = np.ones_like(stays)
    viewed[:, 1:] = np.logical_and.accumulate(stays[:, :-1], axis=1)
    return Visits(viewed, would_click & viewed, would_buy & viewed)


@dataclass
class Crowd:
    """The state of all simulated customers between visits."""

    rate: np.ndarray
    satisfaction: np.ndarray
    is_here: np.ndarray

    @classmethod
    def new(cls, activity: np.ndarray, behaviour: Behaviour, rng: np.random.Generator) -> "Crowd":
        """Everybody is there, half satisfied; how often they come varies around their activity (gamma, shape 2)."""
        rate = behaviour.visits_per_day * activity * rng.gamma(2.0, 0.5, len(activity))
        return cls(rate, np.full(len(rate), 0.5), np.ones(len(rate), bool))

    def visitors(self, rng: np.random.Generator) -> np.ndarray:
        """Who comes on a day, at most once."""
        chance = 1 - np.exp(-self.rate * (0.5 + self.satisfaction))
        return np.flatnonzero(self.is_here & (rng.random(len(self.rate)) < chance))

    def remember(self, who: np.ndarray, visits: Visits, behaviour: Behaviour, rng: np.random.Generator) -> None:
        """What a visit leaves behind: satisfaction, and perhaps nobody."""
        opened, bought = visits.clicked.any(1), visits.bought.any(1)
        liked = np.where(bought, 1.0, np.where(opened, 0.6, 0.0))
        self.satisfaction[who] += behaviour.learns * (liked - self.satisfaction[who])
        gone = ~opened & (rng.random(len(who)) < behaviour.leaves * (1 - self.satisfaction[who]))
        self.is_here[who[gone]] = False
