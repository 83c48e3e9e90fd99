"""Do complements of a segment's own serve it better? Age bins, main channel and postal areas, beside what everyone buys."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow.compute as pc

from models.evaluation.intervals import mean_interval
from models.interactions import TRANSACTIONS, Interactions, TableReader
from models.item_to_item.complements import Complements, FittedComplements
from models.item_to_item.judge import SHOWN, Asked

AREAS = 20
"""Postal areas with most customers; one of a handful of customers says nothing of the next."""
ONLINE = 2
"""sales_channel_id of the web shop."""


def segments_of(catalogue: TableReader, log: Interactions, as_of: date) -> dict[str, np.ndarray]:
    """Codes of every customer by way of dividing them, int32, -1 where unknown; only what was seen before a date is used."""
    areas = log.customers.codes("postal_code")
    n = np.bincount(areas[areas >= 0], minlength=1)
    large = np.isin(areas, np.argsort(-n, kind="stable")[:AREAS])
    return {
        "age": log.customers.codes("age_bin"),
        "channel": _channel(catalogue, log, as_of),
        "postal area": np.where(large, areas, -1),
    }


def _channel(catalogue: TableReader, log: Interactions, as_of: date) -> np.ndarray:
    """1 where most lines were bought online, 0 in a store."""
    rows = catalogue.read(TRANSACTIONS, ["t_dat", "customer_key", "sales_channel_id"])
    rows = rows.filter(pc.less(rows["t_dat"], as_of))
    customer = log.customers.index_of_keys(rows["customer_key"].to_numpy())
    online = rows["sales_channel_id"].to_numpy() == ONLINE
    n = np.bincount(customer, minlength=len(log.customers))
    share = np.bincount(customer, weights=online, minlength=len(log.customers)) / np.maximum(n, 1)
    return np.where(n > 0, share > 0.5, -1).astype(np.int32)


def judged_by_segment(
    model: Complements, weeks: Sequence[Asked], segments: Sequence[Mapping[str, np.ndarray]]
) -> list[dict]:
    """One row per way of dividing: MAP@12 of each segment's own complements less everyone's, on its questions.

    Args:
        segments: of every week, as `segments_of`.

    Returns:
        segment, questions, map_at_12 (everyone's complements), difference, low, high (95 %, by customer).
    """
    found = []
    for name in segments[0]:
        rows = [_week(model, week, codes[name]) for week, codes in zip(weeks, segments, strict=True)]
        customer, before, own = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        if not len(customer):
            continue
        told = mean_interval(customer, own - before)
        found.append(
            {"segment": name, "questions": len(customer), "map_at_12": float(before.mean())}
            | {"difference": told.mean, "low": told.low, "high": told.high}
        )
    return found


def _week(model: Complements, week: Asked, code: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customer, everyone's and own average precision of the questions whose customer is in a segment."""
    of_question = code[week.questions.customer]
    everyone = _precision(model.fit(week.context), week)
    own = everyone.copy()
    for segment, rows in _segments(of_question):
        of = week.context.log.of_customers(np.flatnonzero(code == segment))
        own[rows] = _precision(model.fit(week.context, of), week)[rows]
    known = of_question >= 0
    return week.questions.customer[known], everyone[known], own[known]


def _segments(code: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for segment in np.unique(code[code >= 0]):
        yield int(segment), code == segment


def _precision(fitted: FittedComplements, week: Asked) -> np.ndarray:
    lists = fitted.generate(np.unique(week.questions.asked), SHOWN)
    return week.questions.score(lists, len(week.context.log.articles))["map_at_12"]
