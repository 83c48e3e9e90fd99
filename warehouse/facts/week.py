"""Facts of the last week: who buys, what sells, at which prices, and how much of it was to be expected."""

import numpy as np

from warehouse.facts.log import Log, starts
from warehouse.facts.measures import Facts, Shares, distance, percentiles, share_of

TOP = (1, 12, 100, 500, 1000, 2000, 5000)


def last_week(log: Log, shares: Shares) -> Facts:
    """Every fact of the last seven days."""
    row = log.week(0)
    return _buyers(log, row) | _sales(log, row, shares) | _prices(log, row) | _expected(log, row)


def _buyers(log: Log, row: np.ndarray) -> Facts:
    customer = log.customer[row]
    start = starts(customer)
    rows = np.diff(start, append=len(row))
    pairs = np.unique(customer.astype(np.int64) * len(log.articles) + log.article[row])
    several = _several_of_a_product(log, pairs)
    return {
        "last week: share of customers who buy": len(start) / len(log.customers),
        "last week: rows per buyer": len(row) / len(start),
        **percentiles("last week: rows per buyer", rows, 50, 75, 90, 95, 99),
        "last week: distinct pairs per row": len(pairs) / len(row),
        "last week: exact duplicate rows": _duplicates(log, row),
        "last week: buyers with two articles of one product": several / len(start),
        **percentiles(
            "last week: index groups per buyer", _distinct(log.codes("index_group_name"), log, row), 50, 75, 95, 99
        ),
        **percentiles("last week: channels per buyer", _per_customer(customer, log.channel[row]), 95, 99),
    }


def _several_of_a_product(log: Log, pairs: np.ndarray) -> int:
    """Customers with two articles of one product among distinct pairs."""
    customer, article = pairs // len(log.articles), pairs % len(log.articles)
    product = log.codes("product_code")
    code = np.sort(customer * (int(product.max()) + 1) + product[article])
    return len(np.unique(code[1:][code[1:] == code[:-1]] // (int(product.max()) + 1)))


def _duplicates(log: Log, row: np.ndarray) -> float:
    """Share of lines that repeat another one in every column."""
    columns = [a[row] for a in (log.customer, log.day, log.article, log.price, log.channel)]
    order = np.lexsort(columns[::-1])
    return 1 - len(starts(*(column[order] for column in columns))) / len(row)


def _distinct(group: np.ndarray, log: Log, row: np.ndarray) -> np.ndarray:
    return _per_customer(log.customer[row], group[log.article[row]])


def _per_customer(customer: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Distinct values of each customer."""
    code = np.unique(customer.astype(np.int64) * 128 + value)
    return np.diff(starts(code >> 7), append=len(code))


def _sales(log: Log, row: np.ndarray, shares: Shares) -> Facts:
    count = np.bincount(log.article[row], minlength=len(log.articles))
    best = np.sort(count[count > 0])[::-1]
    total = np.cumsum(best) / len(row)
    groups = share_of(log.articles["index_group_name"], count)
    products = share_of(log.articles["product_group_name"], count)
    return {
        "last week: share of articles sold": len(best) / len(log.articles),
        **{f"last week: rows of the top {n}": float(total[min(n, len(total)) - 1]) for n in TOP},
        **percentiles("last week: rows per article", best, 50, 75, 90, 95, 99),
        "last week: rows bought online": float(np.mean(log.channel[row] == 2)),
        "last week: index groups: distance": distance(groups, shares["last week: index groups"]),
        "last week: product groups: distance": distance(products, shares["last week: product groups"]),
    }


def _prices(log: Log, row: np.ndarray) -> Facts:
    article, price = log.article[row], log.price[row]
    order = np.lexsort((price, article))
    start = starts(article[order], price[order])
    levels = np.bincount(article[order][start])
    levels = levels[levels > 0]
    return percentiles("last week: price", price, 5, 25, 50, 75, 95, 99) | percentiles(
        "last week: price levels per article", levels, 50, 75, 90, 95, 99
    )


def _expected(log: Log, row: np.ndarray) -> Facts:
    """What of the week repeats what was bought or what sold before it."""
    before = np.bincount(log.article[log.week(1)], minlength=len(log.articles))
    best = np.argsort(-before, kind="stable")[: min(12, int(np.count_nonzero(before)))]
    first_day = log.last_day - 6
    earlier = log.day < first_day
    last_seen = np.full(len(log.customers), -100_000, np.int64)
    np.maximum.at(last_seen, log.customer[earlier], log.day[earlier].astype(np.int64))
    weeks = (first_day - 1 - last_seen) // 7 + 1  # 1: bought in the seven days before the week
    since = weeks[np.unique(log.customer[row])]
    within = {f"last week: buyers who bought in the {n} weeks before": float(np.mean(since <= n)) for n in (1, 3, 5, 16)}
    return {
        "last week: rows of the previous week's top 12": float(np.mean(np.isin(log.article[row], best))),
        "last week: rows that repeat the last week of shopping": _repeats(log, row, weeks, first_day),
        "last week: rows of customers without history": float(np.mean(last_seen[log.customer[row]] < 0)),
        **within,
    }


def _repeats(log: Log, row: np.ndarray, weeks: np.ndarray, first_day: int) -> float:
    """Share of lines whose article the customer bought in the last of the seven-day weeks in which they bought."""
    buyer = np.zeros(len(log.customers), bool)
    buyer[log.customer[row]] = True
    old = np.flatnonzero(buyer[log.customer] & (log.day < first_day))
    old = old[(first_day - 1 - log.day[old]) // 7 + 1 == weeks[log.customer[old]]]
    known = np.unique(log.customer[old].astype(np.int64) * len(log.articles) + log.article[old])
    asked = log.customer[row].astype(np.int64) * len(log.articles) + log.article[row]
    return float(np.mean(np.isin(asked, known)))
