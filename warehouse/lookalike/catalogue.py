"""The articles as arrays: products and their colours, when they launch, how they live, what goes with what."""

from dataclasses import dataclass

import numpy as np

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.categories import COLOURS, PATTERNS, PRODUCT_TYPES
from warehouse.lookalike.curves import LIFE_NAMES, SEASONS, launch_weights
from warehouse.lookalike.departments import DEPARTMENTS
from warehouse.lookalike.draws import Draws, lognormal_table, quantile_table
from warehouse.lookalike.prices import base_cents
from warehouse.lookalike.styles import GROUP_NAMES, Styles

TYPE_NAMES = list(PRODUCT_TYPES)
DEPARTMENT_GROUP = np.array([GROUP_NAMES.index(d.index_group) for d in DEPARTMENTS])
TYPE_SEASON = np.array([SEASONS.index(t.season) for t in PRODUCT_TYPES.values()])
TASTE_DIMS = 6


@dataclass(frozen=True)
class Catalogue:
    """One entry per article, ascending by article id; `product_*` one per product."""

    number: np.ndarray  # article id as an integer
    product: np.ndarray
    department: np.ndarray
    type: np.ndarray
    colour: np.ndarray
    pattern: np.ndarray
    style: np.ndarray  # latent style, grouped by index group
    taste: np.ndarray  # (articles, TASTE_DIMS) small integers
    base: np.ndarray  # lasting popularity
    life: np.ndarray
    launch_week: np.ndarray
    cents: np.ndarray
    matching: np.ndarray  # (articles, 3) articles it is worn with
    product_first: np.ndarray  # first article of the product
    product_size: np.ndarray

    def __len__(self) -> int:
        return len(self.number)


def build_catalogue(articles: int, styles: Styles, seed: int) -> Catalogue:
    """Draw the whole range; the same for the same number and seed."""
    products, size = _products(articles, styles, seed)
    draws = Draws(seed, 2)
    product = np.repeat(np.arange(len(size)), size)
    rank = np.arange(articles) - np.repeat(np.cumsum(size) - size, size)
    of = {name: values[product] for name, values in products.items()}
    colour, pattern = _looks(of["pattern"], articles, draws)
    late = np.where(rank == 0, 0, draws.below(articles, 9) * draws.chance(articles, 4000))
    taste = np.clip(of["taste"] + draws.below(articles * TASTE_DIMS, 5).reshape(-1, TASTE_DIMS) - 2, -4, 4)
    # A product in many colours sells more than one in a single colour, but not as many times more as it has colours.
    base = of["base"] * draws.of(articles, lognormal_table(30)) // np.sqrt(1_000_000 * size[product]).astype(np.int64)
    launch = of["launch_week"] + late
    return Catalogue(
        number=_numbers(of["code"], rank, draws),
        product=product,
        department=of["department"],
        type=of["type"],
        colour=colour,
        pattern=pattern,
        style=of["style"],
        taste=taste.astype(np.int8),
        base=np.maximum(1, base),
        life=of["life"],
        launch_week=launch,
        cents=of["cents"],
        matching=_matching(of["style"], of["type"], launch, draws),
        product_first=np.cumsum(size) - size,
        product_size=size,
    )


def _products(articles: int, styles: Styles, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Product columns in order of product code (codes follow the launch), and the number of colours of each."""
    draws = Draws(seed, 1)
    size = _colours_per_product(articles, draws)
    n = len(size)
    department = draws.pick(n, np.array([d.weight for d in DEPARTMENTS]))
    kind = _types(department, draws)
    life = draws.pick(n, np.array([cal.LIVES[name][3] for name in LIFE_NAMES]))
    launch = _launches(TYPE_SEASON[kind], life, draws)
    popularity = lognormal_table(cal.popularity_sigma(articles))
    popularity = np.minimum(popularity, popularity[len(popularity) * cal.BEST_SELLER // 1000])
    columns = {
        "department": department,
        "type": kind,
        "life": life,
        "launch_week": launch,
        "base": draws.of(n, popularity) * _group_factor(kind) // 1000,
        "style": _styles(department, styles, draws),
        "taste": draws.below(n * TASTE_DIMS, 9).reshape(n, TASTE_DIMS) - 4,
        "pattern": draws.pick(n, np.array([p[2] for p in PATTERNS])),
    }
    columns["cents"] = base_cents(kind, department, launch, columns["taste"], draws)
    order = np.argsort(launch * 64 + draws.below(n, 640), kind="stable")
    columns = {name: values[order] for name, values in columns.items()}
    columns["code"] = 108_775 + np.cumsum(1 + draws.below(n, max(1, 2 * (850_000 // n) - 1)))
    return columns, size[order]


def _colours_per_product(articles: int, draws: Draws) -> np.ndarray:
    table = quantile_table(cal.ARTICLES_PER_PRODUCT)
    size = draws.of(articles, np.minimum(table, max(4, articles // 40)))
    last = int(np.searchsorted(np.cumsum(size), articles))
    size = size[: last + 1]
    size[-1] -= int(size.sum()) - articles
    return size


def _types(department: np.ndarray, draws: Draws) -> np.ndarray:
    """A product type of the department; the first named is the usual one."""
    width = max(len(d.types) for d in DEPARTMENTS)
    table = np.array([[TYPE_NAMES.index(d.types[i % len(d.types)]) for i in range(width)] for d in DEPARTMENTS])
    count = np.array([len(d.types) for d in DEPARTMENTS])[department]
    # The smaller of two draws: earlier types are more frequent.
    n = len(department)
    return table[department, np.minimum(draws.below(n, count), draws.below(n, count))]


def _launches(season: np.ndarray, life: np.ndarray, draws: Draws) -> np.ndarray:
    """Launch week, 0 = first week of the log, negative before it."""
    launch = np.empty(len(season), dtype=np.int64)
    for s in range(len(SEASONS)):
        for kind in range(len(LIFE_NAMES)):
            chosen = (season == s) & (life == kind)
            weights, first = launch_weights(s, kind)
            launch[chosen] = draws.pick(int(chosen.sum()), weights) + first
    return launch


def _group_factor(kind: np.ndarray) -> np.ndarray:
    factors = np.array([cal.SALES_BY_PRODUCT_GROUP[t.group] for t in PRODUCT_TYPES.values()])
    return factors[kind]


def _styles(department: np.ndarray, styles: Styles, draws: Draws) -> np.ndarray:
    """A latent style; each department leans on three styles of its index group."""
    first, count = styles.first[DEPARTMENT_GROUP], styles.count[DEPARTMENT_GROUP]
    # Department by department through the styles, so that all of them get a fair part of the range.
    liked = first[:, None] + (np.arange(len(first))[:, None] + np.array([0, 1, 3])) % count[:, None]
    n = len(department)
    anything = first[department] + draws.below(n, count[department])
    slot = draws.pick(n, np.array([40, 20, 10, 30]))
    return np.where(slot == 3, anything, liked[department, np.minimum(slot, 2)])


def _looks(product_pattern: np.ndarray, n: int, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    colour = draws.pick(n, np.array([int(c[2]) for c in COLOURS]))
    other = draws.pick(n, np.array([p[2] for p in PATTERNS]))
    return colour, np.where(draws.chance(n, 8500), product_pattern, other)


def _numbers(code: np.ndarray, rank: np.ndarray, draws: Draws) -> np.ndarray:
    """Article number: product code and a rising three-digit suffix with gaps."""
    step = 1 + draws.below(len(code), 4)
    total = np.cumsum(step)
    first = np.flatnonzero(rank == 0)
    before = np.repeat(total[first] - step[first], np.diff([*first, len(code)]))
    return code * 1000 + total - before


def _matching(style: np.ndarray, kind: np.ndarray, launch: np.ndarray, draws: Draws) -> np.ndarray:
    """Three articles of another type, the same style and about the same launch; the article itself where none is found."""
    n = len(style)
    order = np.lexsort((launch, style))
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    matching = np.tile(np.arange(n)[:, None], (1, 3))
    for _ in range(4):
        for column in range(3):
            other = order[np.clip(place + draws.below(n, 41) - 20, 0, n - 1)]
            free = matching[:, column] == np.arange(n)
            fits = free & (style[other] == style) & (kind[other] != kind) & (abs(launch[other] - launch) <= 12)
            matching[fits, column] = other[fits]
    return matching.astype(np.int32)
