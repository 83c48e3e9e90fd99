"""The facts of a log by name, in the order they are printed; each function measures one side of the behaviour.

A name ends in `pNN` where the fact is a percentile (linear between lines, as NumPy and pandas have it). `distance` of a
distribution from the published one is half the sum of absolute differences: the share that would have to move.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.facts.log import Log, codes, starts

Facts = dict[str, float]
Shares = Mapping[str, Mapping[str, float]]

SAMPLE_BUYERS, SAMPLE_CUSTOMERS = 1364, 12737
"""The published facts that a larger log would change were taken from so many; here they are taken from as many."""
EPOCH = date(1970, 1, 1)


def measure(log: Log, shares: Shares) -> Facts:
    """Every fact of a log.

    Args:
        log: the whole log.
        shares: published distributions, name -> value -> share, to measure the distance from.
    """
    facts: Facts = {}
    for part in PARTS:
        facts |= part(log, shares)
    return facts


def distance(found: Mapping[str, float], published: Mapping[str, float]) -> float:
    """Half the sum of absolute differences; what `published` does not list counts as one more value, "other"."""
    differences = [abs(found.get(name, 0.0) - share) for name, share in published.items()]
    others = (1 - sum(found.get(name, 0.0) for name in published)) - (1 - sum(published.values()))
    return (sum(differences) + abs(others)) / 2


def percentiles(name: str, values: np.ndarray, *which: float) -> Facts:
    """Percentiles of some values by name."""
    if not len(values):
        return {f"{name} p{p:g}": float("nan") for p in which}
    found = np.percentile(values, which)
    return {f"{name} p{p:g}": float(value) for p, value in zip(which, found, strict=True)}


def share_of(values: pa.ChunkedArray | pa.Array, weights: np.ndarray | None = None) -> dict[str, float]:
    """Share of each value; `weights` per entry, each 1 without."""
    encoded = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    encoded = encoded.dictionary_encode()
    count = np.bincount(encoded.indices.to_numpy(), weights, minlength=len(encoded.dictionary))
    return dict(zip(encoded.dictionary.to_pylist(), (count / max(count.sum(), 1)).tolist(), strict=True))


def size(log: Log, _: Shares) -> Facts:
    """Counts of the files."""
    buyers = len(np.unique(log.customer))
    return {
        "rows": len(log),
        "customers": len(log.customers),
        "articles": len(log.articles),
        "share of customers with a purchase": buyers / len(log.customers),
    }


def activity(log: Log, _: Shares) -> Facts:
    """How much and how often customers buy."""
    rows = np.bincount(log.customer)
    start = log.visit_start
    visits = np.bincount(log.customer[start])
    basket = np.diff(start, append=len(log))
    gap = np.diff(log.day[start])[log.customer[start][1:] == log.customer[start][:-1]]
    last = np.zeros(len(log.customers), np.int64) - 10_000
    np.maximum.at(last, log.customer, log.day)
    return (
        percentiles("rows per buyer", rows[rows > 0], 25, 50, 75, 90, 95, 99)
        | percentiles("shopping days per buyer", visits[visits > 0], 25, 50, 75, 90, 95, 99)
        | percentiles("rows per basket", basket, 25, 50, 75, 90, 95, 99)
        | percentiles("days between baskets", gap, 10, 25, 50, 75, 90, 95)
        | {"share of customers without a purchase in the last 91 days": float(np.mean(last <= log.last_day - 91))}
    )


def season(log: Log, shares: Shares) -> Facts:
    """Months and weekdays."""
    per_day = np.bincount(log.day) / len(log)
    months: dict[str, float] = {}
    weekdays = np.zeros(7)
    for day, share in enumerate(per_day.tolist()):
        of = EPOCH + timedelta(days=log.first_date + day)
        months[of.strftime("%Y-%m")] = months.get(of.strftime("%Y-%m"), 0.0) + share
        weekdays[of.weekday()] += share
    found = {str(d): float(s) for d, s in enumerate(weekdays)}
    return {
        "months: distance": distance(months, shares["months"]),
        "weekdays: distance": distance(found, shares["weekdays"]),
    }


def repeats(log: Log, _: Shares) -> Facts:
    """The same article, product and department again. Lines before it on the same day count as bought before."""
    again, gap = _again(log, np.arange(len(log.articles)))
    later = gap[gap > 0]
    _, product_gap = _again(log, log.codes("product_code"))
    department, _ = _again(log, log.codes("department_no"))
    return {
        "share of rows whose article the customer bought before": again / len(log),
        "of those: on the same day": float(np.mean(gap == 0)) if again else float("nan"),
        **percentiles("days to the same article again, not the same day", later, 25, 50, 75, 90),
        "share of rows whose product was last bought on another day": float(np.sum(product_gap > 0)) / len(log),
        "share of rows whose department the customer bought before": department / len(log),
    }


def _again(log: Log, group: np.ndarray) -> tuple[int, np.ndarray]:
    """How many lines have a line of the same customer and group before them, and the days between the two."""
    code = log.customer.astype(np.int64) * (int(group.max()) + 1) + group[log.article]
    order = np.argsort(code, kind="stable")  # within a customer the lines stand by day
    code, day = code[order], log.day[order]
    same = code[1:] == code[:-1]
    return int(same.sum()), (day[1:] - day[:-1])[same]


def taste(log: Log, shares: Shares) -> Facts:
    """What is bought by index group, and how true a customer is to one."""
    group = log.codes("index_group_name")
    found = share_of(log.articles["index_group_name"], np.bincount(log.article, minlength=len(log.articles)))
    code = np.sort(log.customer.astype(np.int64) * 64 + group[log.article])
    start = starts(code)
    rows = np.diff(start, append=len(code))
    customer = starts(code[start] >> 6)
    top = np.maximum.reduceat(rows, customer) / np.add.reduceat(rows, customer)
    return (
        {f"rows in {name}": found.get(name, 0.0) for name in shares["index groups"]}
        | {"index groups: distance": distance(found, shares["index groups"])}
        | percentiles("share of a buyer's rows in their first index group", top, 5, 10, 25, 50)
        | {"rows bought online": float(np.mean(log.channel == 2))}
        | percentiles("price", log.price, 5, 25, 50, 75, 95, 99)
    )


def life(log: Log, _: Shares) -> Facts:
    """How old articles are when they are bought: days since their first sale to as many buyers as were published."""
    ages = []
    buyers = np.unique(log.customer)
    step = max(1, len(buyers) // SAMPLE_BUYERS)
    for first in range(0, step, max(1, step // 8)):
        mine = np.zeros(len(log.customers), bool)
        mine[buyers[first::step][:SAMPLE_BUYERS]] = True
        row = mine[log.customer]
        article, day = log.article[row], log.day[row]
        launched = np.full(len(log.articles), 32_000)
        np.minimum.at(launched, article, day)
        ages.append(day - launched[article])
    return percentiles(f"days since an article's first sale to {SAMPLE_BUYERS} buyers", np.concatenate(ages), 75, 90, 95)


def people(log: Log, shares: Shares) -> Facts:
    """The file of customers."""
    customers = log.customers
    text = customers["age"]
    known = pc.not_equal(text, "")
    age = pc.cast(pc.cast(pc.filter(text, known), pa.float64()), pa.int64()).to_numpy()
    by_5 = {str(b): float(s) for b, s in enumerate(np.bincount(age // 5 * 5) / max(len(age), 1)) if s}
    areas = customers["postal_code"].combine_chunks().take(_evenly(len(customers)))
    return {
        "age: distance": distance(by_5, shares["age"]),
        **percentiles("age", age, 25, 50, 75, 95),
        "age is missing": 1 - float(pc.sum(known).as_py()) / len(customers),
        "FN is 1": _is_one(customers["FN"]),
        "Active is 1": _is_one(customers["Active"]),
        "club member status: distance": distance(_named(customers, "club_member_status"), shares["club member status"]),
        "fashion news: distance": distance(_named(customers, "fashion_news_frequency"), shares["fashion news"]),
        f"postal codes per customer of {SAMPLE_CUSTOMERS:,}": len(areas.unique()) / len(areas),
        "share of customers in the commonest postal code": max(share_of(customers["postal_code"]).values()),
    }


def _is_one(column: pa.ChunkedArray) -> float:
    return float(pc.sum(pc.is_in(column, value_set=pa.array(["1", "1.0"]))).as_py()) / len(column)


def _named(table: pa.Table, column: str) -> dict[str, float]:
    found = share_of(table[column])
    return {name or "none given": share for name, share in found.items()}


def _evenly(n: int) -> np.ndarray:
    return np.arange(0, n, max(1, n // SAMPLE_CUSTOMERS))[:SAMPLE_CUSTOMERS]


def assortment(log: Log, shares: Shares) -> Facts:
    """The file of articles."""
    colours = np.bincount(codes(log.articles, "product_code"))
    facts = {"articles per product": len(log.articles) / len(colours)}
    facts |= percentiles("articles per product", colours, 50, 75, 90, 95, 99)
    for name, column in ATTRIBUTES.items():
        facts[f"articles by {name}: distance"] = distance(share_of(log.articles[column]), shares[f"articles by {name}"])
    return facts


ATTRIBUTES = {
    "index group": "index_group_name",
    "index": "index_name",
    "product group": "product_group_name",
    "product type": "product_type_name",
    "garment group": "garment_group_name",
    "section": "section_name",
    "colour": "colour_group_name",
    "appearance": "graphical_appearance_name",
}

Part = Callable[[Log, Shares], Facts]
PARTS: list[Part] = [size, activity, season, repeats, taste, life, people, assortment]
