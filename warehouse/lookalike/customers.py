"""The customers of the look-alike as arrays: who they are, what they like, and their lines of customers.csv."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.catalogue import FIRST_STYLE, GROUP_NAMES, GROUP_STYLES, TASTE_DIMS
from warehouse.lookalike.draws import Draws

SLOTS = 4
# How much a customer's four styles weigh (per 10,000, cumulative): devoted, usual, wide.
SLOT_WEIGHTS = np.array([[7000, 9200, 9800, 10_000], [4500, 7400, 9000, 10_000], [3200, 5600, 8000, 10_000]])
# Demand by index group at an age, per 1,000 of the average: Ladieswear, Divided, Menswear, Baby/Children, Sport.
_AGE_TILT = {
    15: (500, 2300, 900, 100, 900),
    25: (850, 1400, 1000, 600, 1200),
    35: (1050, 600, 1200, 3200, 1300),
    45: (1250, 500, 1000, 1400, 1000),
    55: (1450, 350, 900, 500, 700),
}
# Online visits per 10,000 of three kinds of customers, and the share of each kind.
_ONLINE, _ONLINE_KINDS = np.array([9800, 6000, 500]), np.array([58, 20, 22])


@dataclass(frozen=True)
class Customers:
    """One entry per customer, ascending by customer id. The arrays of taste move while the customers shop."""

    identifier: pa.Array
    age: np.ndarray  # 0 where unknown
    online: np.ndarray  # visits per 10,000
    home: np.ndarray  # index group shopped first
    focus: np.ndarray  # row of SLOT_WEIGHTS
    styles: np.ndarray  # (customers, SLOTS)
    taste: np.ndarray  # (customers, TASTE_DIMS)

    def __len__(self) -> int:
        return len(self.age)


def build_customers(n: int, seed: int) -> Customers:
    """Draw n customers; the same for the same number and seed."""
    draws = Draws(seed, 10)
    age = _ages(n, draws)
    home = _home_groups(age, draws)
    taste = draws.below(n * TASTE_DIMS, 9).reshape(n, TASTE_DIMS) - 4
    taste[:, 1] = np.clip((np.where(age > 0, age, 35) - 35) // 5 + draws.below(n, 5) - 2, -4, 4)
    return Customers(
        identifier=_identifiers(n, seed),
        age=age,
        online=draws.of(n, np.repeat(_ONLINE, _ONLINE_KINDS)),
        home=home,
        focus=draws.pick(n, np.array([35, 45, 20])),
        styles=_first_styles(home, age, draws),
        taste=taste.astype(np.int8),
    )


def _identifiers(n: int, seed: int) -> pa.Array:
    """64 hexadecimal digits each, sorted, so that the order of customers is the order of ids."""
    return pa.array(sorted(sha256(b"look-alike %d %d" % (seed, i)).hexdigest() for i in range(n)))


def _ages(n: int, draws: Draws) -> np.ndarray:
    bins = np.array(list(cal.AGE_BY_5_YEARS))
    age = bins[draws.pick(n, np.array(list(cal.AGE_BY_5_YEARS.values())))] + draws.below(n, 5)
    age = np.maximum(age, 16)
    return np.where(draws.chance(n, cal.AGE_MISSING), 0, age)


def _home_groups(age: np.ndarray, draws: Draws) -> np.ndarray:
    sales = np.array([cal.SALES_BY_INDEX_GROUP[g] for g in GROUP_NAMES])
    tilts = np.array(list(_AGE_TILT.values()))
    weights = np.cumsum(sales * tilts, axis=1)
    row = np.clip(np.where(age > 0, age, 35) // 10 - 1, 0, 4)
    at = draws.below(len(age), weights[row, -1] // 1000) * 1000
    return (at[:, None] >= weights[row]).sum(axis=1)


def any_group(n: int, draws: Draws) -> np.ndarray:
    """Index groups in proportion to what is sold."""
    return draws.pick(n, np.array([cal.SALES_BY_INDEX_GROUP[g] for g in GROUP_NAMES]))


def style_in(group: np.ndarray, age: np.ndarray, draws: Draws) -> np.ndarray:
    """A style of the group; styles of a group are ordered by the age they appeal to, and some sell more than others."""
    n, count = len(group), GROUP_STYLES[group]
    by_age = np.clip(np.where(age > 0, age, 35) - 18, 0, 47) * count // 48
    near = by_age + draws.below(n, 5) + draws.below(n, 5) - 4
    favourite = np.minimum(draws.below(n, count), draws.below(n, count))
    place = np.where(draws.chance(n, 6500), near % count, favourite)
    return FIRST_STYLE[group] + place


def _first_styles(home: np.ndarray, age: np.ndarray, draws: Draws) -> np.ndarray:
    columns = [style_in(home, age, draws), style_in(home, age, draws)]
    for stays_home in (6000, 3500):
        group = np.where(draws.chance(len(home), stays_home), home, any_group(len(home), draws))
        columns.append(style_in(group, age, draws))
    return np.stack(columns, axis=1).astype(np.uint8)


def customers_table(customers: Customers, seed: int) -> pa.Table:
    """The seven columns of customers.csv, as text."""
    draws = Draws(seed, 11)
    n = len(customers)
    regular = draws.chance(n, 4412)
    active = np.where(regular, draws.chance(n, 9700), draws.chance(n, 120))
    member = np.array(["ACTIVE", "PRE-CREATE", "", "LEFT CLUB"])[draws.pick(n, np.array([98311, 1500, 181, 8]))]
    other = np.array(["NONE", "", "Monthly"])[draws.pick(n, np.array([9936, 57, 7]))]
    age = customers.age.astype(str)
    age[customers.age == 0] = ""
    columns = {
        "customer_id": customers.identifier,
        "FN": np.where(regular, "1", ""),
        "Active": np.where(active, "1", ""),
        "club_member_status": member,
        "fashion_news_frequency": np.where(regular, "Regularly", other),
        "age": age,
        "postal_code": _postal_codes(n, seed, draws),
    }
    return pa.table(columns)


def _postal_codes(n: int, seed: int, draws: Draws) -> pa.Array:
    """Hashed areas of uneven size; one code stands for thousands of customers, as in the published log."""
    areas = max(1, n * 26 // 100)
    codes = pa.array([sha256(b"area %d %d" % (seed, i)).hexdigest() for i in range(areas + 1)])
    area = 1 + np.minimum(draws.below(n, areas), draws.below(n, areas))
    return codes.take(pa.array(np.where(draws.chance(n, 300), 0, area)))
