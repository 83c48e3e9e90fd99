"""What is looked at before any result: is there data, did the draw hold, was everybody shown one thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from clickhouse_connect.driver.client import Client

from warehouse.experiments.assignment import shares, variant_sql
from warehouse.experiments.definition import Experiment
from warehouse.experiments.statistics import SRM_ALARM, sample_ratio

SEVERAL_ALARM = 0.01
"""Share of customers seen in several variants above which arms are mixed up rather than a device or two shared."""


@dataclass(frozen=True)
class Check:
    """One line of the health block; `bad` means that results must not be read."""

    name: str
    state: Literal["ok", "warn", "bad"]
    says: str


@dataclass(frozen=True)
class Shown:
    """Exposures of one kind of traffic: customers, how many of them saw several variants, rows, and from when to when."""

    customers: int
    in_several: int
    exposures: int
    first_at: datetime
    last_at: datetime


def shown(client: Client) -> dict[tuple[str, bool], Shown]:
    """Exposures by experiment and whether they are simulated."""
    query = "select experiment, is_simulated, customers, in_several, exposures, first_at, last_at from experiment_exposures"
    return {
        (name, bool(simulated)): Shown(*map(int, counts[:3]), *(at.replace(tzinfo=UTC) for at in counts[3:]))
        for name, simulated, *counts in client.query(query).result_rows
    }


def not_as_drawn(client: Client, experiment: Experiment, is_simulated: bool) -> int:
    """Customers that were shown another variant than the file gives them; the hash is computed in the store."""
    expected, bound = variant_sql(experiment)
    query = f"""
        select uniqExact(customer_id)
        from exposures_once
        where experiment = {{experiment:String}} and is_simulated = {{is_simulated:Bool}}
            and at >= {{starts:DateTime64(3, 'UTC')}} and at < {{ends:DateTime64(3, 'UTC')}}
            and variant != {expected}
    """
    bound |= {
        "experiment": experiment.name,
        "is_simulated": is_simulated,
        "starts": experiment.starts,
        "ends": experiment.ends,
    }
    return int(client.query(query, parameters=bound).result_rows[0][0])


def checks(
    experiment: Experiment, counted: Mapping[str, int], goal_total: float, exposed: Shown | None, strangers: int
) -> list[Check]:
    """The health block.

    Args:
        counted: customers by variant that the results count.
        goal_total: sum of the goal's numerator over all of them.
        exposed: all exposures of this kind of traffic; None where there is none.
        strangers: customers that were shown another variant than the file gives them.
    """
    data = _data(experiment, counted, goal_total)
    if data.state == "bad":
        return [data]
    return [data, _ratio(experiment, counted), _several(exposed), _drawn(strangers, sum(counted.values()))]


def _data(experiment: Experiment, counted: Mapping[str, int], goal_total: float) -> Check:
    missing = [v.name for v in experiment.variants if not counted.get(v.name)]
    if missing:
        return Check("data", "bad", f"nobody was shown {', '.join(missing)}; is the experiment running, and the API asked?")
    n = sum(counted.values())
    if not goal_total:
        return Check("data", "bad", f"{n:,} customers were exposed, and no event of the goal {experiment.goal} followed")
    return Check("data", "ok", f"{n:,} customers exposed")


def _ratio(experiment: Experiment, counted: Mapping[str, int]) -> Check:
    """Every treatment against the control, alpha shared; the shares are those of the buckets."""
    share, base = shares(experiment), experiment.control
    p = min(sample_ratio(counted[base], counted[v.name], share[v.name] / share[base]) for v in experiment.treatments) * len(
        experiment.treatments
    )
    n = sum(counted.values())
    told = ", ".join(f"{v.name} {counted[v.name] / n:.2%} of {share[v.name]:.2%}" for v in experiment.variants)
    if p < SRM_ALARM:
        return Check("sample ratio", "bad", f"{told}: not by chance (p = {min(p, 1):.1e}); find what loses customers first")
    return Check("sample ratio", "ok", f"{told} (p = {min(p, 1):.2f})")


def _several(exposed: Shown | None) -> Check:
    several, share = (exposed.in_several, exposed.in_several / exposed.customers) if exposed else (0, 0.0)
    if not several:
        return Check("one variant each", "ok", "no customer was seen in several variants")
    state = "bad" if share > SEVERAL_ALARM else "warn"
    return Check(
        "one variant each", state, f"{several:,} customers ({share:.2%}) were seen in several variants; the first counts"
    )


def _drawn(strangers: int, n: int) -> Check:
    if not strangers:
        return Check("as drawn", "ok", "everybody was shown the variant that the file gives them")
    said = f"{strangers:,} customers were shown what the file does not give them; was salt, weight or traffic changed?"
    return Check("as drawn", "bad" if strangers > SEVERAL_ALARM * n else "warn", said)
