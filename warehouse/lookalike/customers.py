"""The customers of the look-alike as arrays: who they are, what they like, and their lines of customers.csv."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.catalogue import TASTE_DIMS
from warehouse.lookalike.draws import Draws
from warehouse.lookalike.styles import Styles, group_at_age

SLOTS = 4
STAYS_HOME = (10_000, 0, 0, 0)  # per 10,000: slots in the index group shopped first
# How much a customer's four styles weigh (per 10,000, cumulative): devoted, usual, wide.
SLOT_WEIGHTS = np.array([[3300, 6000, 8300, 10_000], [2700, 5300, 7700, 10_000], [2500, 5000, 7500, 10_000]])
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


def build_customers(n: int, styles: Styles, seed: int) -> Customers:
    """Draw n customers; the same for the same number and seed."""
    draws = Draws(seed, 10)
    age = _ages(n, draws)
    home = group_at_age(age, draws)
    taste = draws.below(n * TASTE_DIMS, 9).reshape(n, TASTE_DIMS) - 4
    taste[:, 1] = np.clip((np.where(age > 0, age, 35) - 35) // 5 + draws.below(n, 5) - 2, -4, 4)
    return Customers(
        identifier=_identifiers(n, seed),
        age=age,
        online=draws.of(n, np.repeat(_ONLINE, _ONLINE_KINDS)),
        home=home,
        focus=draws.pick(n, np.array([35, 45, 20])),
        styles=_first_styles(home, age, styles, draws),
        taste=taste.astype(np.int8),
    )


def _identifiers(n: int, seed: int) -> pa.Array:
    """64 hexadecimal digits each, sorted, so that the order of customers is the order of ids."""
    return pa.array(sorted(sha256(b"look-alike %d %d" % (seed, i)).hexdigest() for i in range(n)))


def _ages(n: int, draws: Draws) -> np.ndarray:
    bins = np.array(list(cal.AGE_BY_5_YEARS))
    age = bins[draws.pick(n, np.array(list(cal.AGE_BY_5_YEARS.values())))] + draws.below(n, 5)
    age = np.maximum(age, 16 + draws.below(n, 4))
    return np.where(draws.chance(n, cal.AGE_MISSING), 0, age)


def _first_styles(home: np.ndarray, age: np.ndarray, styles: Styles, draws: Draws) -> np.ndarray:
    """The first style is of the home group, the later ones less and less often."""
    columns = []
    for stays_home in STAYS_HOME:
        group = np.where(draws.chance(len(home), stays_home), home, group_at_age(age, draws))
        columns.append(styles.within(group, age, draws))
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
