"""How much each article is wanted in each week: lasting popularity × its life since launch × season × a wandering trend."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.draws import Draws

if TYPE_CHECKING:
    from warehouse.lookalike.catalogue import Catalogue

SEASONS = list(cal.MONTHLY_DEMAND)
LIFE_NAMES = list(cal.LIVES)
_LONGEST = 320
_FIRST_WEEK = -90


def life_table() -> np.ndarray:
    """(lives, weeks since launch) sales per 1,000 of the best; 0 once the article is withdrawn."""
    rows = []
    for ramp, plateau, half, _, _ in cal.LIVES.values():
        rising = [round(1000 * (week + 1) / (ramp + 1)) for week in range(ramp)]
        falling = [round(1000 * 0.5 ** ((week + 1) / half)) for week in range(_LONGEST)]
        curve = (rising + [1000] * plateau + [f for f in falling if f >= cal.WITHDRAWN_BELOW])[:_LONGEST]
        rows.append(curve + [0] * (_LONGEST - len(curve)))
    return np.array(rows, dtype=np.int64)


def season_table() -> np.ndarray:
    """(seasons, weeks from `_FIRST_WEEK` to the last) demand per 1,000, linear between the middles of the months."""
    table = np.empty((len(SEASONS), cal.WEEKS - _FIRST_WEEK), dtype=np.int64)
    for column in range(table.shape[1]):
        day = cal.FIRST_DAY + timedelta(days=7 * (column + _FIRST_WEEK) + 3)
        for row, months in enumerate(cal.MONTHLY_DEMAND.values()):
            nearer = (day.month - 2 if day.day < 15 else day.month) % 12
            away = min(15, abs(day.day - 15))
            table[row, column] = (months[day.month - 1] * (30 - away) + months[nearer] * away) // 30
    return table


LIFE = life_table()
SEASON = season_table()


def launch_weights(season: int, life: int) -> tuple[np.ndarray, int]:
    """Weights of the launch weeks of a kind of article, and the first of them; launches lead the season by a month."""
    first = -cal.LIVES[LIFE_NAMES[life]][4]
    ahead = np.minimum(np.arange(first, cal.WEEKS) + 4, cal.WEEKS - 1)
    return SEASON[season, ahead - _FIRST_WEEK], first


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

    def __init__(self, catalogue: "Catalogue", n_styles: int, type_season: np.ndarray, seed: int) -> None:
        self._catalogue, self._n_styles, self._seed = catalogue, n_styles, seed
        self._season = type_season[catalogue.type]
        self._by_style = np.argsort(catalogue.style, kind="stable")
        self._trend = np.zeros(len(catalogue), dtype=np.int64)
        octave = cal.TREND_STEPS_PER_OCTAVE
        self._factor = np.array([round(1000 * 2 ** (step / octave)) for step in range(-octave, octave + 1)])

    def week(self, week: int) -> Week:
        """Demand in a week; to be asked for week 0, 1, 2, ... in order."""
        self._move_trends(week)
        age = week - self._catalogue.launch_week
        life = np.where(age >= 0, LIFE[self._catalogue.life, np.clip(age, 0, _LONGEST - 1)], 0)
        season = SEASON[self._season, week - _FIRST_WEEK]
        trend = self._factor[self._trend + len(self._factor) // 2]
        weight = self._catalogue.base * life // 1000 * season // 1000 * trend // 100
        return self._drawable(weight, life)

    def _move_trends(self, week: int) -> None:
        u = Draws(self._seed, 30, week).below(len(self._trend), 10_000)
        limit = len(self._factor) // 2
        # Further from the middle, a move outward is less likely, so trends come back.
        up = u < cal.TREND_MOVES * (limit - self._trend) // (2 * limit)
        down = u >= 10_000 - cal.TREND_MOVES * (limit + self._trend) // (2 * limit)
        self._trend = np.clip(self._trend + up - down, -limit, limit)

    def _drawable(self, weight: np.ndarray, life: np.ndarray) -> Week:
        article = self._by_style[weight[self._by_style] > 0]
        cumulative = np.cumsum(weight[article])
        style = self._catalogue.style[article]
        last = np.searchsorted(style, np.arange(self._n_styles), side="right")
        upto = np.concatenate([[0], cumulative])[last]
        start = np.concatenate([[0], upto[:-1]])
        return Week(article, cumulative, start, upto - start, weight > 0, life)
