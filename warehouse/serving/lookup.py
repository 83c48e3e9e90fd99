"""What a customer is shown: their own list, else their segment's popular articles, else what is popular overall.

Each level fills what the one before left empty, so an answer has `n` distinct articles wherever the run holds that many,
and every article says which level it is from. The command and the HTTP API answer by this one function.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from warehouse.serving import pointer
from warehouse.serving.answers import Answer
from warehouse.serving.errors import MalformedIdError
from warehouse.serving.names import ArticleName
from warehouse.serving.policies import FULL_SYSTEM, Policy, policy_of
from warehouse.serving.shelf import ASKING, EVERYONE, Segment, Shelf

OWN, SEGMENT, OVERALL = "own", "segment", "overall"
UNKNOWN_AGE = "unknown"
_CUSTOMER_ID = re.compile(r"[0-9a-f]{64}")

_SERVED_OWN = """
with (select tuple(argMax(run, seq), argMax(as_of_date, seq)) from pointer) as served
select tupleElement(served, 1), tupleElement(served, 2),
    arraySlice(article_ids, 1, {n:UInt32}), arraySlice(scores, 1, {n:UInt32}),
    arraySlice(sources, 1, {n:UInt32}), arraySlice(reasons, 1, {n:UInt32})
from recommendations
where run = tupleElement(served, 1) and customer_id = {id:String}
"""
_AGE_BIN = "select age_bin from customers where run = {run:UInt32} and customer_id = {id:String}"


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


def lookup(
    client: Client, customer_id: str, n: int = 12, *, shelf: Shelf = ASKING, serves: str = FULL_SYSTEM
) -> LookupResult:
    """The best `n` articles for a customer, all from one run; unknown customers get what is popular overall.

    Args:
        shelf: where names and popular lists come from.
        serves: whose lists: full_system, popular, user_based, als, or run:N (an earlier run that is kept).

    Raises:
        MalformedIdError: not 64 hexadecimal digits.
        NothingPublishedError: before the first publication.
        PolicyError: the store does not hold the lists of `serves`.
    """
    wanted = customer_id_of(customer_id)
    policy, own = _served_own(client, wanted, n) if serves == FULL_SYSTEM else (None, [])
    if policy is None:
        policy = policy_of(client, pointer.served(client), serves)
        own = _own(client, policy, wanted, n)
    run = policy.run
    shelf.saw(run)
    age_bin = None if len(own) >= n else _age_bin(client, run, wanted)
    found = _filled(own, _fallback(client, shelf, policy, age_bin, n) if len(own) < n else iter(()), n)
    names = shelf.names(client, run, [f.article_id for f in found])
    articles = [
        Recommendation(rank, f.article_id, f.score, f.level, f.source, f.reason, names[f.article_id])
        for rank, f in enumerate(found, start=1)
    ]
    answered_by = articles[0].level if articles else OVERALL
    is_known = bool(own) or age_bin is not None
    return LookupResult(wanted, run, policy.as_of_date, is_known, age_bin, answered_by, articles)


def _filled(own: list[_Found], fallback: Iterator[_Found], n: int) -> list[_Found]:
    """The first `n` distinct articles; later levels are only asked while there is room."""
    found = {f.article_id: f for f in own}
    while len(found) < n and (more := next(fallback, None)):
        found.setdefault(more.article_id, more)
    return list(found.values())


def _served_own(client: Client, customer_id: str, n: int) -> tuple[Policy | None, list[_Found]]:
    """The pointer and the customer's own list of its run in one statement, which is what nearly every answer needs; None
    where that run has none, and then the pointer is read anew."""
    rows = client.query(_SERVED_OWN, parameters={"id": customer_id, "n": n}).result_rows
    if not rows:
        return None, []
    run, as_of_date, *lists = rows[0]
    return Policy(run, as_of_date, parameters={"run": run}), _listed(lists)


def _listed(lists: Sequence[Sequence]) -> list[_Found]:
    return [_Found(a, s, OWN, source, why) for a, s, source, why in zip(*lists, strict=True)]


def _own(client: Client, policy: Policy, customer_id: str, n: int) -> list[_Found]:
    if policy.own is None:
        return []
    rows = client.query(policy.own, parameters={**policy.parameters, "id": customer_id, "n": n}).result_rows
    return _listed(rows[0]) if rows else []


def _age_bin(client: Client, run: int, customer_id: str) -> str | None:
    rows = client.query(_AGE_BIN, parameters={"run": run, "id": customer_id}).result_rows
    return rows[0][0] if rows else None


def _fallback(client: Client, shelf: Shelf, policy: Policy, age_bin: str | None, n: int) -> Iterator[_Found]:
    if policy.asks_segment and age_bin not in (None, UNKNOWN_AGE):
        reason = f"Popular with customers of your age group ({age_bin})"
        listed = shelf.popular(client, policy.run, Segment(age_bin=age_bin), n)
        yield from (_Found(a, s, SEGMENT, "popular_segment", reason) for a, s in listed)
    listed = shelf.popular(client, policy.run, EVERYONE, 2 * n)
    yield from (_Found(a, s, OVERALL, "popular", "Popular with all customers") for a, s in listed)
