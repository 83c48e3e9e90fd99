"""What goes into each basket: day by day, all customers of the day at once.

A line is a repeat or another colour of something owned, something that matches it, or - most often - a choice by taste among
what is on sale in one of the customer's styles; further lines of a basket also repeat, recolour or match lines before them.
"""

from dataclasses import dataclass

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.catalogue import Catalogue
from warehouse.lookalike.customers import SLOT_WEIGHTS, STAYS_HOME, Customers
from warehouse.lookalike.demand import Week
from warehouse.lookalike.draws import Draws, lognormal_table
from warehouse.lookalike.memory import Memory
from warehouse.lookalike.styles import Styles, group_at_age

_NOISE = np.array([round(cal.TASTE_NOISE * float(x) / 1000) for x in np.sort(lognormal_table(70))])
_GAPS = np.array([gap for gap, _ in cal.AGAIN_BY_GAP_DAYS])
_AGAIN_BY_GAP = np.array([per_10k for _, per_10k in cal.AGAIN_BY_GAP_DAYS])
_MATCH_WEIGHTS = np.array([5, 3, 2])


@dataclass
class _Lines:
    """The lines of a day while they are filled; `article` is -1 where nothing is chosen yet."""

    visit: np.ndarray
    place: np.ndarray  # in the basket, from 0
    customer: np.ndarray
    article: np.ndarray


class Shop:
    """Customers, catalogue and what they remember; `day` fills the baskets of one day."""

    def __init__(self, catalogue: Catalogue, customers: Customers, styles: Styles, seed: int) -> None:
        self._catalogue, self._customers, self._styles, self._seed = catalogue, customers, styles, seed
        self._memory = Memory(len(customers))

    def day(self, day: int, week: Week, customer: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fill the baskets of a day.

        Args:
            day: day of the log, rising from call to call.
            week: what is on sale.
            customer: customers of the day, each once.
            rows: lines of each basket.

        Returns:
            visit of each line, article of each line; visits in the order given.
        """
        draws = Draws(self._seed, 40, day)
        self._drift(customer, draws)
        visit = np.repeat(np.arange(len(customer)), rows)
        place = np.arange(len(visit)) - np.repeat(np.cumsum(rows) - rows, rows)
        lines = _Lines(visit, place, customer[visit], np.full(len(visit), -1, dtype=np.int64))
        gap = self._memory.gap(customer, day)
        comes_again = draws.chance(len(customer), _AGAIN_BY_GAP[np.searchsorted(_GAPS, gap)])
        leads = self._own(lines, gap[visit], comes_again[visit], week, draws)
        visit_slot = self._slots(customer, draws)
        chosen = leads & (lines.article < 0)
        self._by_taste(lines, np.flatnonzero(chosen), visit_slot, week, draws)
        once_more = _twice(lines, leads) | (leads & chosen & self._owns(lines.customer, lines.article))
        self._by_taste(lines, np.flatnonzero(once_more), self._slots(customer, draws), week, draws)
        again = self._further(lines, leads, week, draws)
        self._by_taste(lines, np.flatnonzero(lines.article < 0), visit_slot, week, draws)
        self._by_taste(lines, np.flatnonzero(_twice(lines, ~again)), self._slots(customer, draws), week, draws)
        new = lines.article[~again]
        self._memory.remember(lines.customer[~again], new, self._catalogue.product[new], day)
        return visit, lines.article

    def _drift(self, customer: np.ndarray, draws: Draws) -> None:
        """Tastes move a little: one of the lesser styles is replaced, one dimension of taste steps."""
        who = customer[draws.chance(len(customer), cal.DRIFT)]
        n, people = len(who), self._customers
        slot = 1 + draws.below(n, len(STAYS_HOME) - 1)
        home = draws.chance(n, np.array(STAYS_HOME)[slot])
        group = np.where(home, people.home[who], group_at_age(people.age[who], draws))
        people.styles[who, slot] = self._styles.within(group, people.age[who], draws)
        dim = 1 + draws.below(n, people.taste.shape[1] - 1)
        people.taste[who, dim] = np.clip(people.taste[who, dim] + draws.below(n, 5) - 2, -4, 4)

    def _slots(self, customer: np.ndarray, draws: Draws) -> np.ndarray:
        u = draws.below(len(customer), 10_000)
        return (u[:, None] >= SLOT_WEIGHTS[self._customers.focus[customer]]).sum(axis=1)

    def _own(self, lines: _Lines, gap: np.ndarray, comes_again: np.ndarray, week: Week, draws: Draws) -> np.ndarray:
        """Fill lines that come from what the customer bought on other days; returns which lines lead (hang on no other)."""
        n = len(lines.visit)
        u = draws.below(n, 10_000)
        further = cal.SAME_AGAIN + cal.OTHER_COLOUR + cal.MATCHING
        leads = (lines.place == 0) | (u >= further)
        before = self._memory.recall(lines.customer, gap, draws)
        u = draws.below(n, 10_000)
        repeat = np.where(comes_again, cal.AGAIN[1], cal.AGAIN[0])
        known = leads & (before >= 0)
        colour = known & (u >= repeat) & (u < repeat + cal.OWN_OTHER_COLOUR)
        match = known & (u >= repeat + cal.OWN_OTHER_COLOUR) & (u < repeat + cal.OWN_OTHER_COLOUR + cal.OWN_MATCHING)
        repeats = known & (u < repeat)
        lines.article[repeats] = before[repeats]
        lines.article[colour] = self._other_colour(before[colour], draws)
        lines.article[match] = self._unowned(lines.customer[match], self._match(before[match], draws))
        self._drop_unsold(lines, week)
        return leads

    def _further(self, lines: _Lines, leads: np.ndarray, week: Week, draws: Draws) -> np.ndarray:
        """Fill lines that hang on a line before them in the basket; returns which are one more piece of the same article."""
        at = np.flatnonzero(~leads)
        target = at - 1 - draws.below(len(at), lines.place[at])
        # The nearest leading line at or before the target; the first line of a basket always leads.
        target = np.maximum.accumulate(np.where(leads, np.arange(len(leads)), 0))[target]
        anchor = lines.article[target]
        kind = draws.pick(len(at), np.array([cal.SAME_AGAIN, cal.OTHER_COLOUR, cal.MATCHING]))
        lines.article[at] = np.where(kind == 0, anchor, -1)
        lines.article[at[kind == 1]] = self._other_colour(anchor[kind == 1], draws)
        lines.article[at[kind == 2]] = self._unowned(lines.customer[at[kind == 2]], self._match(anchor[kind == 2], draws))
        self._drop_unsold(lines, week)
        again = np.zeros(len(leads), dtype=bool)
        again[at[kind == 0]] = True
        return again

    def _drop_unsold(self, lines: _Lines, week: Week) -> None:
        lines.article[(lines.article >= 0) & ~week.on_sale[lines.article]] = -1

    def _owns(self, customer: np.ndarray, article: np.ndarray) -> np.ndarray:
        return self._memory.owns(customer, self._catalogue.product[article])

    def _unowned(self, customer: np.ndarray, article: np.ndarray) -> np.ndarray:
        return np.where(self._owns(customer, article), -1, article)

    def _other_colour(self, article: np.ndarray, draws: Draws) -> np.ndarray:
        product = self._catalogue.product[article]
        first, size = self._catalogue.product_first[product], self._catalogue.product_size[product]
        # Early colours of a product sell more.
        n = len(article)
        other = first + np.minimum(draws.below(n, size), draws.below(n, size))
        return np.where(other == article, -1, other)

    def _match(self, article: np.ndarray, draws: Draws) -> np.ndarray:
        other = self._catalogue.matching[article, draws.pick(len(article), _MATCH_WEIGHTS)].astype(np.int64)
        return np.where(other == article, -1, other)

    def _by_taste(self, lines: _Lines, at: np.ndarray, visit_slot: np.ndarray, week: Week, draws: Draws) -> None:
        """Fill lines with the best of a few articles of one style: closest to the customer's taste, give or take."""
        n, customer = len(at), lines.customer[at]
        slot = np.where(draws.chance(n, cal.VISIT_STYLE), visit_slot[lines.visit[at]], self._slots(customer, draws))
        style = self._customers.styles[customer, slot].astype(np.int64)
        anything = np.flatnonzero(draws.chance(n, cal.ANY_STYLE))
        age = self._customers.age[customer[anything]]
        style[anything] = self._styles.within(group_at_age(age, draws), age, draws)
        taste = self._customers.taste[customer].astype(np.int32)
        best, best_score = np.full(n, -1, dtype=np.int64), np.full(n, -(10**6), dtype=np.int64)
        for _ in range(cal.TASTE_TRIALS):
            article = week.draw(draws, style)
            score = (taste * self._catalogue.taste[article]).sum(axis=1) + draws.of(n, _NOISE)
            score += cal.OWNED_APPEAL * self._owns(customer, article)
            better = score > best_score
            best, best_score = np.where(better, article, best), np.where(better, score, best_score)
        lines.article[at] = best


def _twice(lines: _Lines, among: np.ndarray) -> np.ndarray:
    """Whether each of some lines chose what another of them before it in the basket has."""
    at = np.flatnonzero(among)
    key = lines.visit[at] << 32 | lines.article[at]
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(among), dtype=bool)
    again[at[order[1:]]] = key[order[1:]] == key[order[:-1]]
    return again
