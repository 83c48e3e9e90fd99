"""Experiments as tables for a person, on standard output."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rich.table import Table

from hm.show import SYNTHETIC, console
from warehouse.experiments.definition import EXAMPLE, Experiment
from warehouse.experiments.health import Shown
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.page import ADJUSTED, SIMULATED, bounds
from warehouse.experiments.plan import Plan
from warehouse.experiments.replay import NOTE, Replayed
from warehouse.experiments.report import Report
from warehouse.experiments.simulation.simulate import Simulated

_STYLES = {"ok": "green", "warn": "yellow", "bad": "bold red"}


def print_experiments(
    found: Sequence[Experiment], exposed: Mapping[tuple[str, bool], Shown], file: Path, now: datetime
) -> None:
    """What is defined, whether it runs, and who was exposed."""
    if not found:
        console.print(f"No experiment is defined: copy {EXAMPLE} to {file}.", soft_wrap=True)
        return
    table = Table("experiment", "layer", "traffic", "from", "to", "", "variants", "goal", "customers", "simulated")
    for one in found:
        state = "runs" if one.runs_at(now) else "to come" if now < one.starts else "over"
        arms = ", ".join(f"{v.name}{f' ({v.serves})' if v.serves else ''}" for v in one.variants)
        traffic = f"{one.traffic[0]}-{one.traffic[1]}"
        seen = [exposed.get((one.name, kind)) for kind in (False, True)]
        counts = [f"{shown.customers:,}" if shown else "" for shown in seen]
        dates = f"{one.starts:%Y-%m-%d}", f"{one.ends:%Y-%m-%d}"
        table.add_row(one.name, one.layer, traffic, *dates, state, arms, one.goal, *counts)
    console.print(table)


def print_plan(found: Plan, experiment: Experiment) -> None:
    """How many customers it takes, and what other numbers can show."""
    metric = METRICS[found.goal]
    console.print(f"{found.experiment}: {metric.title}, {found.value:.4g} {metric.unit} over {experiment.days} days")
    console.print(
        f"Noise from {found.customers:,} customers ({found.basis}); the covariate leaves {found.variance_left:.0%} of it."
    )
    needed = ("one look at the end", found.needed_at_end), ("looking every day", found.needed_sequential)
    for way, n in needed:
        wanted = f"a change of {found.minimal_effect:+.1%} is found with {found.power:.0%}"
        console.print(f"{wanted}, {way}: {f'{n:,} customers' if n else 'more than a billion customers'} in all variants")
    table = Table("customers in all variants", "smallest change, one look at the end", "smallest change, looking every day")
    for size in found.sizes:
        table.add_row(f"{size.customers:,}", f"{size.change_at_end:+.1%}", f"{size.change_sequential:+.1%}")
    console.print(table)


def print_simulated(done: Simulated) -> None:
    """What the simulated customers did, and what to do next."""
    console.print(SIMULATED, style="bold yellow", soft_wrap=True)
    console.print(
        f"{done.customers:,} customers, {done.requests:,} requests, {done.events:,} events "
        f"({done.before:,} of them before the start); {done.gone:,} customers left for good."
    )
    table = Table("variant", "customers", "visits", "articles bought")
    for name, n in sorted(done.variants.items()):
        table.add_row(name, f"{n:,}", f"{done.sessions[name]:,}", f"{done.purchases[name]:,}")
    console.print(table)
    if not done.variants:
        console.print("Nobody was in the experiment: does the API read the same experiments.yml? GET /experiments shows it.")
    console.print(f"Next: hm experiment report {done.experiment}")


def print_report(report: Report, file: Path) -> None:
    """Health, verdict, figures."""
    experiment = report.experiment
    if report.is_simulated:
        console.print(SIMULATED, style="bold yellow", soft_wrap=True)
    last = report.until - timedelta(milliseconds=1)
    window = f"{experiment.starts:%Y-%m-%d} to {experiment.ends:%Y-%m-%d}, counted to {last:%Y-%m-%d %H:%M} UTC"
    console.print(f"Experiment {experiment.name}: {window}. {experiment.hypothesis}", soft_wrap=True)
    health = Table("", "check", "found", title="Can the figures be read?", title_justify="left")
    for check in report.health:
        health.add_row(check.state, check.name, check.says, style=_STYLES[check.state])
    console.print(health)
    for sentence in report.verdict:
        console.print(sentence, style="bold", soft_wrap=True)
    if report.is_healthy:
        console.print(_values(report))
        console.print(_effects(report))
        if any(one.is_adjusted for one in report.effects):
            console.print(ADJUSTED.format(days=experiment.pre_days), soft_wrap=True)
    console.print(f"The page: {file}", soft_wrap=True)


def _values(report: Report) -> Table:
    table = Table("variant", "serves", "customers", *(METRICS[name].title for name in report.experiment.metrics))
    for variant in report.experiment.variants:
        values = [report.values[name].get(variant.name) for name in report.experiment.metrics]
        cells = ["" if value is None else f"{value:,.4g}" for value in values]
        table.add_row(variant.name, variant.serves or "", f"{report.customers.get(variant.name, 0):,}", *cells)
    return table


def _effects(report: Report) -> Table:
    table = Table("metric", "variant", "change", "holds always", "one look", "p (one look)", "variance left")
    for one in report.effects:
        role = " (goal)" if one.metric == report.experiment.goal else ""
        change = f"{one.relative:+.2%}" if one.relative is not None else f"{one.change:+.4g}"
        cells = bounds(one.sequential), bounds(one.fixed), f"{one.p_value:.2g}", f"{one.variance_left:.0%}"
        table.add_row(METRICS[one.metric].title + role, one.variant, change, *cells)
    return table


def print_replay(found: Sequence[Replayed], look_alike: str = "") -> None:
    """Hit rate and MAP@12 of every variant's lists on past weeks."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    console.print(NOTE, style="bold yellow", soft_wrap=True)
    table = Table("variant", "serves", "judged as", "week from", "buyers", "hit rate@12", "MAP@12", "95 % interval")
    for one in found:
        interval = f"{one.map_low:.4f}-{one.map_high:.4f}"
        figures = f"{one.buyers:,}", f"{one.hit_rate:.1%}", f"{one.map12:.4f}", interval
        table.add_row(one.variant, one.serves, one.system, one.week, *figures)
    console.print(table)
