"""The gates before a publication: a run that is worse, stale or unlike the last one stays where it is.

The bounds are wide: a gate is for the broken run that nobody looked at, not for an unusual week. What good weeks came to
stands beside each bound; measured on UCI Online Retail in the H&M schema, a real log.
"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.calendar import WEEK
from warehouse.gates import lists
from warehouse.gates.drift import drifts
from warehouse.gates.gate import FAILS, PASSES, Gate, at_least, at_most, not_compared
from warehouse.gates.lists import Shown
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.runs import PublishedRun, runs, served
from warehouse.serving.store import open_store

MAX_DAYS_BEHIND = 7
"""Days from the last landed purchase to the as-of date, which is 1 by default: lists for a week of which nothing has landed
are last week's lists with a new date on them."""
MIN_COVERAGE = 0.99
"""Customers with a list, of all in marts.dim_customers; good runs have everyone."""
MIN_CUSTOMERS_KEPT = 0.95
"""Customers with a list, against the published run: ids never vanish from the warehouse, so a good run never has fewer."""
MIN_OVERLAP = 0.2
"""Articles shown that the published run shows the same customer. Good runs a week apart had 0.79 to 0.80 in common, four
weeks apart 0.64; lists handed to the wrong customers 0.08. Synthetic logs of 1,200 and 20,000 customers: 0.54 and 0.59."""
MAX_WEEKS_APART = 5
"""Runs further apart than that are not compared list by list: seasons change more than faults do."""
MAX_SOURCE_SHIFT = 0.3
"""Articles shown that come from another candidate source than in the published run. Good runs a week apart differed by 0.02
to 0.05, four weeks apart by 0.10 (synthetic: 0.03 to 0.07); a source that falls silent moves all it had."""
MAX_DRIFT = 0.1
"""Population stability index beyond chance, of a feature between the newest week the ranker learned from and the date it
ranks for: the usual bound of a small shift. In twelve weeks of the real log no feature below came to more than 0.0154."""
DRIFTING = {
    "marts.customer_rfm": ["recency_days", "frequency_days", "monetary"],
    "marts.article_features": ["n_lines_7d", "n_lines_28d", "mean_price_28d", "repeat_share_28d"],
}
"""Features that a fault upstream would move: recency, volume, money, price, repeats. Of tables that hold everyone at every
date: the other marts of customers hold the buyers of a week where a date is only learned from."""


def gates(
    settings: Settings, catalogue: Catalogue, day: date, metrics: dict | None, model: dict | None = None
) -> list[Gate]:
    """Every gate's verdict on the recommendations of a date; they are left for the report too.

    Args:
        metrics: the evaluation that stands for the date, or None.
        model: metrics of the model that ranked them, as its run.json has them.

    Raises:
        warehouse.hive.catalogue.MissingDataError: recommendations or features of the date are not there.
    """
    with open_store(settings) as client:
        found = [
            judged(day, metrics),
            honest(model or {}),
            freshness(catalogue, day),
            *compared(client, catalogue, day),
            drift(catalogue, day),
        ]
    file = gates_file(settings, day)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"as_of_date": day, "gates": [vars(gate) for gate in found]}, indent=1, default=str))
    return found


def gates_file(settings: Settings, day: date) -> Path:
    """JSON of the last verdicts on the recommendations of a date."""
    return settings.reports_dir / f"gates-{day}.json"


def last_verdicts(settings: Settings) -> dict | None:
    """as_of_date and gates of the latest date that met them; None before the first."""
    files = sorted(settings.reports_dir.glob("gates-*.json"))
    return json.loads(files[-1].read_text()) if files else None


def judged(day: date, metrics: dict | None) -> Gate:
    """The system must not be worse than the best baseline on the weeks it was judged on."""
    name, bound = "MAP@12 above the best baseline", "at least 0"
    verdict = (metrics or {}).get("verdict")
    if verdict is None:
        says = f"no evaluation of what would be published as of {day} stands; run `hm evaluate --as-of {day}`"
        return Gate(name, None, bound, FAILS, says)
    ours, best = verdict["full_system"], verdict["best_baseline_map"]
    says = f"MAP@12 of the full system is {ours:.4f}, of {verdict['best_baseline']} {best:.4f}"
    return Gate(name, verdict["difference"], bound, FAILS if verdict["difference"] < 0 else PASSES, says)


def honest(model: dict) -> Gate:
    """No feature may carry the model as only one that knows the future does; the training said so."""
    name, gain, alarm = "largest share of the gain", model.get("gain"), model.get("alarm")
    if not gain:
        return not_compared(name, "the model does not say what its features are worth")
    first = max(gain, key=gain.__getitem__)
    says = alarm or f"feature {first} carries {gain[first]:.0%} of the model's gain"
    return Gate(name, gain[first], "no alarm at training", FAILS if alarm else PASSES, says)


def freshness(catalogue: Catalogue, day: date) -> Gate:
    """What has landed must reach up to the as-of date."""
    days = catalogue.read("raw.landed_days", ["t_dat"])["t_dat"].to_pylist()
    last = max((landed for landed in days if landed < day), default=date.min)
    says = f"the last purchase that landed before {day} is of {last}"
    return at_most("days since the last purchase", (day - last).days, MAX_DAYS_BEHIND, says)


def compared(client: Client, catalogue: Catalogue, day: date) -> list[Gate]:
    """The gates on the lists themselves, and on what differs from the published ones."""
    shown = lists.of_date(catalogue, day)
    published = served(runs(client))
    if why := _incomparable(published, day):
        return [coverage(catalogue, shown), *(not_compared(name, why) for name in (KEPT, OVERLAP, MIX))]
    before = lists.of_run(client, published.run)
    return [
        coverage(catalogue, shown),
        customers_kept(published.run, before, shown),
        overlap(published, day, lambda: lists.overlap(client, published.run, catalogue, day)),
        source_mix(published.run, before, shown),
    ]


KEPT, OVERLAP, MIX = "customers kept", "overlap with the published lists", "articles from other sources"


def _incomparable(served: PublishedRun | None, day: date) -> str:
    """Why there is nothing to compare with; empty where there is."""
    if served is None:
        return "nothing is published yet"
    return (
        f"run {served.run}, which readers see, is of a later date ({served.as_of_date})" if served.as_of_date > day else ""
    )


def coverage(catalogue: Catalogue, shown: Shown) -> Gate:
    """Everyone must have a list."""
    known = catalogue.dataset("marts.dim_customers").count_rows()
    says = f"{shown.customers:,} of {known:,} customers have a list"
    return at_least("customers with a list", shown.customers / max(known, 1), MIN_COVERAGE, says)


def customers_kept(run: int, before: Shown, shown: Shown) -> Gate:
    """No customers may be lost on the way."""
    says = f"{shown.customers:,} customers have a list, in run {run} {before.customers:,} have"
    return at_least(KEPT, shown.customers / max(before.customers, 1), MIN_CUSTOMERS_KEPT, says)


def overlap(served: PublishedRun, day: date, measure: Callable[[], tuple[float, int]]) -> Gate:
    """Customers must be shown some of what they are shown now."""
    if day - served.as_of_date > MAX_WEEKS_APART * WEEK:
        why = f"run {served.run}, which readers see, is of {served.as_of_date}, more than {MAX_WEEKS_APART} weeks before"
        return not_compared(OVERLAP, why)
    share, customers = measure()
    says = f"{share:.0%} of the articles are what run {served.run} shows the same customer ({customers:,} compared)"
    return at_least(OVERLAP, share, MIN_OVERLAP, says)


def source_mix(run: int, before: Shown, shown: Shown) -> Gate:
    """The articles must come from the same candidate sources as before."""
    moved = lists.shift(before.sources, shown.sources)
    names = sorted({*before.sources, *shown.sources})
    most = max(names, key=lambda name: abs(shown.sources.get(name, 0) - before.sources.get(name, 0)))
    change = f"{most} {before.sources.get(most, 0):.0%} to {shown.sources.get(most, 0):.0%}"
    says = f"{moved:.0%} of the articles come from other sources than in run {run} ({change})"
    return at_most(MIX, moved, MAX_SOURCE_SHIFT, says)


def drift(catalogue: Catalogue, day: date) -> Gate:
    """The ranker must meet features like those it learned from."""
    learned = day - WEEK
    worst = max(drifts(catalogue, DRIFTING, learned, day), key=lambda found: found.beyond_chance)
    says = f"{worst.feature} moved from {learned} to {day} by a PSI of {worst.psi:.3f}, {worst.chance:.3f} of it chance"
    return at_most("feature drift", worst.beyond_chance, MAX_DRIFT, says)
