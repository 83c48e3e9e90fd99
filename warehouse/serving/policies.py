"""What a variant of an experiment serves: the full system's lists, a simpler recommender's, popular articles, another run.

A policy names the run that all of an answer comes from, and the statement that reads the customer's own list in it.
"""

from dataclasses import dataclass, field
from datetime import date

from clickhouse_connect.driver.client import Client

from warehouse.serving.errors import PolicyError
from warehouse.serving.pointer import Pointer

FULL_SYSTEM, POPULAR, USER_BASED, ALS = "full_system", "popular", "user_based", "als"
LISTED = (USER_BASED, ALS)
"""Policies with lists of their own in `policy_lists`."""
REASONS = {
    USER_BASED: "Bought by customers who buy what you buy",
    ALS: "Close to what you bought, by what all customers bought together",
}

_OWN = """
select arraySlice(article_ids, 1, {n:UInt32}), arraySlice(scores, 1, {n:UInt32}),
    arraySlice(sources, 1, {n:UInt32}), arraySlice(reasons, 1, {n:UInt32})
from recommendations
where run = {run:UInt32} and customer_id = {id:String}
"""
_LISTED = """
select arraySlice(article_ids, 1, {n:UInt32}) as ids, arraySlice(scores, 1, {n:UInt32}),
    arrayWithConstant(length(ids), {policy:String}), arrayWithConstant(length(ids), {reason:String})
from policy_lists
where run = {run:UInt32} and policy = {policy:String} and customer_id = {id:String}
"""
_HAS_LISTS = "select 1 from policy_lists where run = {run:UInt32} and policy = {policy:String} limit 1"
_AS_OF = """
select as_of_date
from runs
where run = {run:UInt32} and run in (select toUInt32(partition) from system.parts
    where active and database = currentDatabase() and table = 'recommendations')
"""


@dataclass(frozen=True)
class Policy:
    """One policy, ready to be asked.

    Attributes:
        own: statement of a customer's own list, with the parameters id and n beside `parameters`; None: nobody has one.
        asks_segment: the popular articles of the age group come before those of everyone.
    """

    run: int
    as_of_date: date
    own: str | None = _OWN
    asks_segment: bool = True
    parameters: dict[str, object] = field(default_factory=dict)


def policy_of(client: Client, served: Pointer, serves: str) -> Policy:
    """The policy of that name, in the run that is served (of `run:N`: in that one).

    Raises:
        PolicyError: there is none, or the store does not hold its lists.
    """
    if serves == FULL_SYSTEM:
        return Policy(served.run, served.as_of_date, parameters={"run": served.run})
    if serves == POPULAR:
        return Policy(served.run, served.as_of_date, own=None, asks_segment=False)
    if serves in LISTED:
        return _listed(client, served, serves)
    return _earlier(client, serves)


def _listed(client: Client, served: Pointer, name: str) -> Policy:
    if not client.query(_HAS_LISTS, parameters={"run": served.run, "policy": name}).result_rows:
        raise PolicyError(
            f"Run {served.run} holds no lists of {name}; `hm publish` writes them once an experiment serves {name}."
        )
    parameters = {"run": served.run, "policy": name, "reason": REASONS[name]}
    return Policy(served.run, served.as_of_date, own=_LISTED, parameters=parameters)


def _earlier(client: Client, serves: str) -> Policy:
    kind, _, number = serves.partition(":")
    if kind != "run" or not number.isdecimal():
        raise PolicyError(f"{serves!r} is no policy; use {FULL_SYSTEM}, {POPULAR}, {', '.join(LISTED)}, or run:N.")
    rows = client.query(_AS_OF, parameters={"run": int(number)}).result_rows
    if not rows:
        raise PolicyError(f"Run {number} is not in the store; `hm runs` shows which are.")
    return Policy(int(number), rows[0][0], parameters={"run": int(number)})
