"""How demand runs over time: an article's life since its launch, the seasons of the year, and when what is launched."""

from datetime import timedelta

import numpy as np

from warehouse.lookalike import calibration as cal

SEASONS = list(cal.MONTHLY_DEMAND)
LIFE_NAMES = list(cal.LIVES)
LONGEST = 320
"""Weeks of the longest life."""
FIRST_WEEK = -90
"""The first week that seasons are known of, long before the first day of the log."""


def life_table() -> np.ndarray:
    """(lives, weeks since launch) sales per 1,000 of the best; 0 once the article is withdrawn."""
    rows = []
    for ramp, plateau, half, _, _ in cal.LIVES.values():
        rising = [round(1000 * (week + 1) / (ramp + 1)) for week in range(ramp)]
        falling = [round(1000 * 0.5 ** ((week + 1) / half)) for week in range(LONGEST)]
        curve = (rising + [1000] * plateau + [f for f in falling if f >= cal.WITHDRAWN_BELOW])[:LONGEST]
        rows.append(curve + [0] * (LONGEST - len(curve)))
    return np.array(rows, dtype=np.int64)


def season_table() -> np.ndarray:
    """(seasons, weeks from `FIRST_WEEK` to the last) demand per 1,000, linear between the middles of the months."""
    table = np.empty((len(SEASONS), cal.WEEKS - FIRST_WEEK), dtype=np.int64)
    for column in range(table.shape[1]):
        day = cal.FIRST_DAY + timedelta(days=7 * (column + FIRST_WEEK) + 3)
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
    return SEASON[season, ahead - FIRST_WEEK], first
