"""One experiment as one self-contained HTML file: health first, the verdict in words, two charts, the figures."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape

import altair as alt
import vl_convert

from warehouse.experiments import charts
from warehouse.experiments.metrics import METRICS
from warehouse.experiments.report import Report
from warehouse.experiments.statistics import Effect, Interval

SIMULATED = "Simulated customers: these figures say how the machinery behaves, nothing about real customers."
ADJUSTED = "Adjusted by what the same customers did in the {days} days before their first exposure (CUPED)."

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem}.sub{color:#555;margin-top:0}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}th{vertical-align:bottom}
.simulated{background:#fff3cd;border-left:6px solid #e69f00;padding:.6rem 1rem;font-weight:600}
.verdict{background:#eef5fb;border-left:6px solid #0072b2;padding:.6rem 1rem}.none{background:#fdecea;border-color:#b00020}
.ok{color:#00664a}.warn{color:#8a5a00;font-weight:600}.bad{color:#b00020;font-weight:600}.note{color:#555;font-size:.92em}
.scroll{overflow-x:auto}
"""


def page(report: Report) -> str:
    """The whole page; it asks for nothing outside itself."""
    experiment = report.experiment
    title = f"Experiment {experiment.name}"
    drawn = [("changes", charts.changes(report)), ("days", charts.days(report))]
    specs = {name: json.loads(chart.to_json()) for name, chart in drawn if chart}
    banner = f'<p class="simulated">{SIMULATED}</p>' if report.is_simulated else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f'<p class="sub">{escape(experiment.hypothesis)} {_window(report)}</p>'
        f"{banner}"
        f"{_health(report)}{_verdict(report)}{_charts(report, specs)}"
        f"{_customers(report)}{_effects(report)}{_reading(report)}"
        f"{_scripts(specs)}</html>\n"
    )


def _window(report: Report) -> str:
    experiment = report.experiment
    last = report.until - timedelta(milliseconds=1)
    return f"{experiment.starts:%Y-%m-%d} to {experiment.ends:%Y-%m-%d}, counted to {last:%Y-%m-%d %H:%M} UTC."


def _health(report: Report) -> str:
    rows = [(f'<span class="{c.state}">{c.state}</span>', escape(c.name), escape(c.says)) for c in report.health]
    return f"<h2>Can the figures be read?</h2>{_table(('', 'check', 'found'), rows)}"


def _verdict(report: Report) -> str:
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in report.verdict)
    return f'<h2>Verdict</h2><div class="verdict{"" if report.is_healthy else " none"}">{told}</div>'


def _charts(report: Report, specs: dict) -> str:
    parts = []
    if "changes" in specs:
        note = "Thin line: interval that holds however often one looks. Thick line: for one look decided beforehand."
        parts.append(f'<h2>What changed</h2><div class="scroll" id="changes"></div><p class="note">{note}</p>')
    if "days" in specs:
        goal = escape(METRICS[report.experiment.goal].title)
        note = "The band holds on all days at once; once it leaves zero, the difference may be believed on that day."
        parts.append(f'<h2>The goal day by day: {goal}</h2><div class="scroll" id="days"></div><p class="note">{note}</p>')
    return "".join(parts) or '<p class="note">There is nothing to draw yet: customers or events are missing.</p>'


def _customers(report: Report) -> str:
    rows = []
    for variant in report.experiment.variants:
        shown = [f"{report.customers.get(variant.name, 0):,}"]
        shown += [_figure(report.values[name].get(variant.name)) for name in report.experiment.metrics]
        rows.append((escape(variant.name), escape(variant.serves or "decided by the caller"), *map(_right, shown)))
    heads = ("variant", "serves", "customers", *(METRICS[name].title for name in report.experiment.metrics))
    return f"<h2>The variants</h2>{_table(heads, rows, right_from=2)}"


def _effects(report: Report) -> str:
    if not report.effects:
        return ""
    rows = [_effect(report, one) for one in report.effects]
    heads = ("metric", "variant", "change", "holds always", "one look", "p (one look)", "variance left")
    return f"<h2>The figures</h2>{_table(heads, rows, right_from=2)}"


def _effect(report: Report, one: Effect) -> tuple[str, ...]:
    change = f"{one.relative:+.2%}" if one.relative is not None else f"{one.change:+.4g}"
    role = "goal" if one.metric == report.experiment.goal else "guardrail"
    cells = (change, bounds(one.sequential), bounds(one.fixed), f"{one.p_value:.2g}", f"{one.variance_left:.0%}")
    return f"{escape(METRICS[one.metric].title)} ({role})", escape(one.variant), *map(_right, cells)


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


def _right(text: str) -> str:
    return f"\0{escape(text)}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], right_from: int | None = None) -> str:
    numbers = len(heads) if right_from is None else right_from
    head = "".join(f"<th{' class=n' if i >= numbers else ''}>{escape(cell)}</th>" for i, cell in enumerate(heads))
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _cell(cell: str) -> str:
    """A cell is HTML already; one that begins with a zero byte is a number."""
    return f'<td class="n">{cell[1:]}</td>' if cell.startswith("\0") else f"<td>{cell}</td>"


def _scripts(specs: dict[str, dict]) -> str:
    if not specs:
        return ""
    # Text of the experiments' file must not end the script.
    given = json.dumps(specs).replace("</", "<\\/")
    version = alt.SCHEMA_VERSION.rpartition(".")[0]
    draw = "for(const[name,spec]of Object.entries(specs))vegaEmbed('#'+name,spec,{actions:false,renderer:'svg'})"
    return f"<script>{vl_convert.javascript_bundle(vl_version=version)}</script><script>const specs={given};{draw}</script>"
