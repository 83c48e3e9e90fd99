"""One experiment as one self-contained HTML file: health first, the verdict in words, two charts, the figures."""

from datetime import timedelta
from html import escape

from warehouse.experiments import charts
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.report import Report
from warehouse.experiments.statistics import Effect, Interval
from warehouse.page import document, number, table

SIMULATED = "Simulated customers: these figures say how the machinery behaves, nothing about real customers."
ADJUSTED = "Adjusted by what the same customers did in the {days} days before their first exposure (CUPED)."


def page(report: Report) -> str:
    """The whole page; it asks for nothing outside itself."""
    experiment = report.experiment
    title = f"Experiment {experiment.name}"
    drawn = {"changes": charts.changes(report), "days": charts.days(report)}
    banner = f'<p class="simulated">{SIMULATED}</p>' if report.is_simulated else ""
    body = (
        f'<h1>{escape(title)}</h1><p class="sub">{escape(experiment.hypothesis)} {_window(report)}</p>'
        f"{banner}{_health(report)}{_verdict(report)}{_charts(report, drawn)}"
        f"{_customers(report)}{_effects(report)}{_reading(report)}"
    )
    return document(title, body, drawn)


def _window(report: Report) -> str:
    experiment = report.experiment
    last = report.until - timedelta(milliseconds=1)
    return f"{experiment.starts:%Y-%m-%d} to {experiment.ends:%Y-%m-%d}, counted to {last:%Y-%m-%d %H:%M} UTC."


def _health(report: Report) -> str:
    rows = [(f'<span class="{c.state}">{c.state}</span>', escape(c.name), escape(c.says)) for c in report.health]
    return f"<h2>Can the figures be read?</h2>{table(('', 'check', 'found'), rows)}"


def _verdict(report: Report) -> str:
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in report.verdict)
    return f'<h2>Verdict</h2><div class="verdict{"" if report.is_healthy else " none"}">{told}</div>'


def _charts(report: Report, drawn: dict) -> str:
    parts = []
    if drawn["changes"]:
        note = "Thin line: interval that holds however often one looks. Thick line: for one look decided beforehand."
        parts.append(f'<h2>What changed</h2><div class="scroll" id="changes"></div><p class="note">{note}</p>')
    if drawn["days"]:
        goal = escape(METRICS[report.experiment.goal].title)
        note = "The band holds on all days at once; once it leaves zero, the difference may be believed on that day."
        parts.append(f'<h2>The goal day by day: {goal}</h2><div class="scroll" id="days"></div><p class="note">{note}</p>')
    return "".join(parts) or '<p class="note">There is nothing to draw yet: customers or events are missing.</p>'


def _customers(report: Report) -> str:
    rows = []
    for variant in report.experiment.variants:
        shown = [f"{report.customers.get(variant.name, 0):,}"]
        shown += [_figure(report.values[name].get(variant.name)) for name in report.experiment.metrics]
        rows.append((escape(variant.name), escape(variant.serves or "decided by the caller"), *map(number, shown)))
    heads = ("variant", "serves", "customers", *(METRICS[name].title for name in report.experiment.metrics))
    return f"<h2>The variants</h2>{table(heads, rows, right_from=2)}"


def _effects(report: Report) -> str:
    if not report.effects:
        return ""
    rows = [_effect(report, one) for one in report.effects]
    heads = ("metric", "variant", "change", "holds always", "one look", "p (one look)", "variance left")
    return f"<h2>The figures</h2>{table(heads, rows, right_from=2)}"


def _effect(report: Report, one: Effect) -> tuple[str, ...]:
    change = f"{one.relative:+.2%}" if one.relative is not None else f"{one.change:+.4g}"
    role = "goal" if one.metric == report.experiment.goal else "guardrail"
    cells = (change, bounds(one.sequential), bounds(one.fixed), f"{one.p_value:.2g}", f"{one.variance_left:.0%}")
    return f"{escape(METRICS[one.metric].title)} ({role})", escape(one.variant), *map(number, cells)


def _reading(report: Report) -> str:
    experiment = report.experiment
    level = f"{1 - experiment.alpha:.0%}"
    told = [
        f"All intervals together hold with {level}; {len(experiment.treatments)} treatment(s) share the error evenly.",
        "Each customer counts from the first exposure on, in the variant seen first; who did nothing counts as zero.",
    ]
    if any(one.is_adjusted for one in report.effects):
        told.append(ADJUSTED.format(days=experiment.pre_days))
    decides = "the interval that holds always" if experiment.decide == "sequential" else "the one look at the end"
    told.append(f"Laid down before the start: {decides} decides, by {METRICS[experiment.goal].title}.")
    return "<h2>How to read this</h2><ul>" + "".join(f"<li>{escape(line)}</li>" for line in told) + "</ul>"


def bounds(interval: Interval) -> str:
    """An interval for a table, relative where it can be."""
    if interval.relative_low is None or interval.relative_high is None:
        return f"{interval.low:+.4g} to {interval.high:+.4g}"
    return f"{interval.relative_low:+.2%} to {interval.relative_high:+.2%}"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.4g}"
