"""Two systems on the same buyers of the same weeks: the paired difference in MAP@12, its interval, what differs in them."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infra.errors import UserError
from models.evaluation.intervals import mean_interval
from models.evaluation.judged import SEGMENT_COLUMNS
from warehouse.stamps import digest

POOLED, WEEK = "pooled", "week"
KEY = ("week", "customer_id", "n_bought")
"""What must be the same on both sides: who bought how much in which week."""


class OtherLogError(UserError):
    """The two sides were not judged on the same purchases."""


@dataclass(frozen=True)
class Difference:
    """MAP@12 of both sides on some buyers.

    Attributes:
        scope: pooled, week, or one of the ways to divide buyers (activity, rfm, age, channel).
        label: which of them.
        buyers: rows; a customer who bought in two weeks counts twice.
        difference: mean of b - a over rows.
        low, high: 95 % bootstrap interval of the difference, over customers.
    """

    scope: str
    label: str
    buyers: int
    a: float
    b: float
    difference: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 or -1 where the interval lies on one side of zero, else 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True)
class Comparison:
    """What was found.

    Attributes:
        a, b: what the sides are called.
        weeks: as-of dates they were both judged on, latest first.
        rows: pooled, then per week where there are several, then by segment, as it was before the week.
        differs: what is not the same in the two, name -> (of a, of b).
        verdict: one sentence.
    """

    a: str
    b: str
    weeks: list[str]
    rows: list[Difference]
    differs: dict[str, tuple[object, object]]
    verdict: str

    @property
    def pooled(self) -> Difference:
        return self.rows[0]

    def to_dict(self) -> dict:
        """JSON-able."""
        return asdict(self)


def compare(a: str, b: str, rows: tuple[pa.Table, pa.Table], told: tuple[Mapping, Mapping]) -> Comparison:
    """Compare two sides.

    Args:
        a, b: what they are called.
        rows: what each was judged on, buyer by buyer (`models.evaluation.judged.buyer_rows` of one or more weeks).
        told: run.json of each on the latest week.

    Raises:
        OtherLogError: the buyers of a week, or what they bought, are not the same.
    """
    one, other = (table.sort_by([("week", "descending"), ("customer_id", "ascending")]) for table in rows)
    check_same_purchases(one, other)
    found = list(differences(one, other["average_precision"].to_numpy() - one["average_precision"].to_numpy()))
    weeks = [str(week) for week in pc.unique(one["week"]).to_pylist()]
    return Comparison(a, b, weeks, found, what_differs(*told), verdict(found[0], b))


def check_same_purchases(one: pa.Table, other: pa.Table) -> None:
    """That both tables, in one order, have the same weeks, buyers and numbers of articles bought.

    Raises:
        OtherLogError: they have not.
    """
    if one.select(KEY).equals(other.select(KEY)):
        return
    weeks = sorted({*pc.unique(one["week"]).to_pylist(), *pc.unique(other["week"]).to_pylist()}, reverse=True)
    of_week = ((w, *(t.select(KEY).filter(pc.equal(t["week"], pa.scalar(w))) for t in (one, other))) for w in weeks)
    week, n, m = next((w, len(t), len(u)) for w, t, u in of_week if not t.equals(u))
    raise OtherLogError(
        f"The sides were judged on other purchases in the week from {week} ({n:,} and {m:,} buyers): "
        "they landed other logs, and a difference would say nothing about the models."
    )


def differences(one: pa.Table, difference: np.ndarray) -> Iterator[Difference]:
    """Pooled, by week where there are several, by segment; `difference` is b - a per row of `one`."""
    customer = one["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    a = one["average_precision"].to_numpy()
    for scope, label, rows in scopes(one):
        interval = mean_interval(customer[rows], difference[rows])
        mean_a = float(a[rows].mean()) if rows.any() else float("nan")
        yield Difference(
            scope, label, int(rows.sum()), mean_a, mean_a + interval.mean, interval.mean, interval.low, interval.high
        )


def scopes(table: pa.Table) -> Iterator[tuple[str, str, np.ndarray]]:
    """(scope, label, mask of rows)."""
    yield POOLED, POOLED, np.ones(len(table), bool)
    weeks = pc.unique(table["week"]).to_pylist()
    for week in weeks if len(weeks) > 1 else []:
        yield WEEK, str(week), _is(table, "week", pa.scalar(week))
    for column in SEGMENT_COLUMNS:
        for label in sorted(pc.unique(table[column]).to_pylist()):
            yield column, label, _is(table, column, label)


def _is(table: pa.Table, column: str, value: object) -> np.ndarray:
    return pc.equal(table[column], value).to_numpy().astype(bool)


def verdict(pooled: Difference, name: str) -> str:
    """One sentence on the whole."""
    interval = f"{pooled.difference:+.4f} [{pooled.low:+.4f}, {pooled.high:+.4f}]"
    figures = f"MAP@12 {pooled.a:.4f} and {pooled.b:.4f}, {pooled.buyers:,} buyers"
    if pooled.difference == pooled.low == pooled.high == 0:
        return f"No difference at all: every buyer's average precision is the same ({figures})."
    if pooled.sign == 0:
        return f"No difference seen: {interval}, the interval holds 0 ({figures})."
    return f"{name} is {'better' if pooled.sign > 0 else 'worse'} by {interval} ({figures})."


def what_differs(a: Mapping, b: Mapping) -> dict[str, tuple[object, object]]:
    """What two run.json tell differently: name -> (of a, of b); of lists, what the other one lacks."""
    lists = {
        "candidate sources": (a["layout"]["sources"], b["layout"]["sources"]),
        "features": (a["features"], b["features"]),
    }
    found = {name: (without(x, y), without(y, x)) for name, (x, y) in lists.items() if set(x) != set(y)}
    single = {
        **{f"parameter {name}": (a["config"].get(name), b["config"].get(name)) for name in {**a["config"], **b["config"]}},
        "model of": (a["as_of_date"], b["as_of_date"]),
        "label weeks learned from": (len(a["weeks"]), len(b["weeks"])),
        "code of the ranker and its candidates": (a["stamps"].get("code"), b["stamps"].get("code")),
        "features or candidates learned from": (_inputs(a), _inputs(b)),
        "code version": (a["code_version"], b["code_version"]),
    }
    return found | {name: pair for name, pair in single.items() if pair[0] != pair[1]}


def without(names: list[str], others: list[str]) -> list[str]:
    """The names that the others lack, in their order."""
    return [name for name in names if name not in set(others)]


def _inputs(told: Mapping) -> str:
    return digest([told["stamps"].get(name) for name in ("features", "candidates")])
