"""What a customer is shown: their own list, else their segment's popular articles, else what is popular overall.

Each level fills what the one before left empty, so an answer has `n` distinct articles wherever the run holds that many,
and every article says which level it is from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from warehouse.serving import pointer
from warehouse.serving.answers import Answer
from warehouse.serving.errors import MalformedIdError
from warehouse.serving.names import ArticleName, article_names

OWN, SEGMENT, OVERALL = "own", "segment", "overall"
UNKNOWN_AGE = "unknown"
_CUSTOMER_ID = re.compile(r"[0-9a-f]{64}")

_OWN = """
select arraySlice(article_ids, 1, {n:UInt32}), arraySlice(scores, 1, {n:UInt32}),
    arraySlice(sources, 1, {n:UInt32}), arraySlice(reasons, 1, {n:UInt32})
from recommendations
where run = {run:UInt32} and customer_id = {id:String}
"""
_AGE_BIN = "select age_bin from customers where run = {run:UInt32} and customer_id = {id:String}"
_POPULAR = """
select article_id, score
from popular_articles
where run = {run:UInt32} and age_bin = {age_bin:String} and index_group = {group:String} and sales_channel = {channel:String}
order by rank
limit {n:UInt32}
"""


@dataclass(frozen=True)
class Recommendation(Answer):
    """One article of an answer.

    Attributes:
        level: own, segment or overall.
        source: candidate source that ranked it best; popular_segment or popular where it is a fallback.
        reason: why, in words a customer can read.
        name: names for display.
    """

    rank: int
    article_id: str
    score: float
    level: str
    source: str
    reason: str
    name: ArticleName


@dataclass(frozen=True)
class LookupResult(Answer):
    """The answer for one customer.

    Attributes:
        run: the run it was read from, all of it.
        is_known: the warehouse knows the customer.
        age_bin: the customer's segment; None where it was not needed or the customer is unknown.
        answered_by: the first level that had something: own, segment or overall.
    """

    customer_id: str
    run: int
    as_of_date: date
    is_known: bool
    age_bin: str | None
    answered_by: str
    articles: list[Recommendation]


@dataclass(frozen=True)
class _Found:
    article_id: str
    score: float
    level: str
    source: str
    reason: str


def customer_id_of(text: str) -> str:
    """The id in lower case.

    Raises:
        MalformedIdError: it is not 64 hexadecimal digits.
    """
    cleaned = text.strip().lower()
    if not _CUSTOMER_ID.fullmatch(cleaned):
        shown = text if len(text) <= 80 else f"{text[:77]}..."
        raise MalformedIdError(
            f"{shown!r} is not a customer id: it has {len(cleaned)} characters, not 64 hexadecimal digits."
        )
    return cleaned


def lookup(client: Client, customer_id: str, n: int = 12) -> LookupResult:
    """The best `n` articles for a customer, all from one run; unknown customers get what is popular overall.

    Raises:
        MalformedIdError: not 64 hexadecimal digits.
        NothingPublishedError: before the first publication.
    """
    wanted = customer_id_of(customer_id)
    served = pointer.served(client)
    own = _own(client, served.run, wanted, n)
    age_bin = None if len(own) >= n else _age_bin(client, served.run, wanted)
    found = _filled(own, _fallback(client, served.run, age_bin, n) if len(own) < n else iter(()), n)
    names = article_names(client, served.run, [f.article_id for f in found])
    articles = [
        Recommendation(rank, f.article_id, f.score, f.level, f.source, f.reason, names[f.article_id])
        for rank, f in enumerate(found, start=1)
    ]
    answered_by = articles[0].level if articles else OVERALL
    is_known = bool(own) or age_bin is not None
    return LookupResult(wanted, served.run, served.as_of_date, is_known, age_bin, answered_by, articles)


def _filled(own: list[_Found], fallback: Iterator[_Found], n: int) -> list[_Found]:
    """The first `n` distinct articles; later levels are only asked while there is room."""
    found = {f.article_id: f for f in own}
    while len(found) < n and (more := next(fallback, None)):
        found.setdefault(more.article_id, more)
    return list(found.values())


def _own(client: Client, run: int, customer_id: str, n: int) -> list[_Found]:
    rows = client.query(_OWN, parameters={"run": run, "id": customer_id, "n": n}).result_rows
    return [_Found(a, s, OWN, source, why) for row in rows for a, s, source, why in zip(*row, strict=True)]


def _age_bin(client: Client, run: int, customer_id: str) -> str | None:
    rows = client.query(_AGE_BIN, parameters={"run": run, "id": customer_id}).result_rows
    return rows[0][0] if rows else None


def _fallback(client: Client, run: int, age_bin: str | None, n: int) -> Iterator[_Found]:
    if age_bin not in (None, UNKNOWN_AGE):
        reason = f"Popular with customers of your age group ({age_bin})"
        yield from (_Found(a, s, SEGMENT, "popular_segment", reason) for a, s in popular(client, run, n, age_bin=age_bin))
    yield from (_Found(a, s, OVERALL, "popular", "Popular with all customers") for a, s in popular(client, run, 2 * n))


def popular(
    client: Client, run: int, n: int, *, age_bin: str = "all", index_group: str = "all", sales_channel: str = "all"
) -> list[tuple[str, float]]:
    """(article_id, score) of a segment's popular articles, best first; `[]` where the segment is not there."""
    segment = {"age_bin": age_bin, "group": index_group, "channel": sales_channel}
    return client.query(_POPULAR, parameters={"run": run, "n": n, **segment}).result_rows
