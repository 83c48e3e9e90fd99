"""How much each article is wanted in each week: lasting popularity × life × season × a wandering trend × the week's own."""

from dataclasses import dataclass

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.catalogue import Catalogue
from warehouse.lookalike.curves import FIRST_WEEK, LIFE, LONGEST, SEASON
from warehouse.lookalike.draws import Draws, lognormal_table


@dataclass
class Week:
    """The articles on sale in one week, sorted by style, ready to be drawn from."""

    article: np.ndarray
    cumulative: np.ndarray  # of their weights, over all styles
    style_from: np.ndarray  # cumulative weight before a style
    style_total: np.ndarray
    on_sale: np.ndarray  # boolean per article of the catalogue
    life: np.ndarray  # per article of the catalogue, per 1,000 of its best

    def draw(self, draws: Draws, style: np.ndarray) -> np.ndarray:
        """One article per wanted style, in proportion to demand."""
        at = self.style_from[style] + draws.below(len(style), self.style_total[style])
        # A style with nothing on sale borrows from its neighbour.
        return self.article[np.minimum(np.searchsorted(self.cumulative, at, side="right"), len(self.article) - 1)]


class Demand:
    """Steps through the weeks of a catalogue; each article's trend is a bounded random walk."""

    def __init__(self, catalogue: Catalogue, n_styles: int, type_season: np.ndarray, seed: int) -> None:
        self._catalogue, self._n_styles, self._seed = catalogue, n_styles, seed
        self._season = type_season[catalogue.type]
        self._by_style = np.argsort(catalogue.style, kind="stable")
        self._trend = np.zeros(len(catalogue), dtype=np.int64)
        self._own = lognormal_table(cal.WEEKS_OWN)
        octave = cal.TREND_STEPS_PER_OCTAVE
        self._factor = np.array([round(1000 * 2 ** (step / octave)) for step in range(-octave, octave + 1)])

    def week(self, week: int) -> Week:
        """Demand in a week; to be asked for week 0, 1, 2, ... in order."""
        self._move_trends(week)
        age = week - self._catalogue.launch_week
        life = np.where(age >= 0, LIFE[self._catalogue.life, np.clip(age, 0, LONGEST - 1)], 0)
        season = SEASON[self._season, week - FIRST_WEEK]
        trend = self._factor[self._trend + len(self._factor) // 2]
        own = Draws(self._seed, 31, week).of(len(life), self._own)
        weight = self._catalogue.base * life // 1000 * season // 1000 * trend // 100 * own // 1000
        return self._drawable(weight, life)

    def _move_trends(self, week: int) -> None:
        u = Draws(self._seed, 30, week).below(len(self._trend), 10_000)
        limit = len(self._factor) // 2
        # Further from the middle, a move outward is less likely, so trends come back.
        up = u < cal.TREND_MOVES * (limit - self._trend) // (2 * limit)
        down = u >= 10_000 - cal.TREND_MOVES * (limit + self._trend) // (2 * limit)
        self._trend = np.clip(self._trend + up - down, -limit, limit)

    def _drawable(self, weight: np.ndarray, life: np.ndarray) -> Week:
        of_style = np.zeros(self._n_styles, dtype=np.int64)
        np.add.at(of_style, self._catalogue.style, weight)
        most = np.maximum(1, of_style * cal.MOST_OF_A_STYLE // 1000)
        weight = np.minimum(weight, most[self._catalogue.style])
        article = self._by_style[weight[self._by_style] > 0]
        cumulative = np.cumsum(weight[article])
        style = self._catalogue.style[article]
        last = np.searchsorted(style, np.arange(self._n_styles), side="right")
        upto = np.concatenate([[0], cumulative])[last]
        start = np.concatenate([[0], upto[:-1]])
        return Week(article, cumulative, start, upto - start, weight > 0, life)
