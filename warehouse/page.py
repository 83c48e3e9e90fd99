"""What the HTML pages share: one self-contained document, its style, tables, and charts drawn without any request."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import altair as alt
import vl_convert

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's, which colour-blind readers tell apart."""

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem}.sub{color:#555;margin-top:0}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}th{vertical-align:bottom}
.simulated,.synthetic{background:#fff3cd;border-left:6px solid #e69f00;padding:.6rem 1rem;font-weight:600}
.verdict{background:#eef5fb;border-left:6px solid #0072b2;padding:.6rem 1rem}.none{background:#fdecea;border-color:#b00020}
.ok{color:#00664a}.warn{color:#8a5a00;font-weight:600}.bad{color:#b00020;font-weight:600}.note{color:#555;font-size:.92em}
.scroll{overflow-x:auto}
"""

_LETTERS = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": "#333", "titleColor": "#333"}
_CONFIG = {
    "font": "system-ui,sans-serif",
    "axis": {**_LETTERS, "titleFontWeight": "normal", "gridColor": "#e6e6e6"},
    "legend": {**_LETTERS, "titleFontWeight": "normal"},
    "title": {"fontSize": 13, "color": "#333"},
    "text": {"fontSize": 12},
    "view": {"stroke": None},
}
"""Letters of the pictures as large as a reader of the page needs them."""


def document(title: str, body: str, charts: Mapping[str, alt.TopLevelMixin | None], style: str = "") -> str:
    """The whole page; it asks for nothing outside itself.

    Args:
        body: HTML in which each chart has its place, an element whose id is the chart's name.
        charts: by name; None is not drawn.
        style: CSS beside the common one.
    """
    specs = {name: json.loads(chart.to_json()) for name, chart in charts.items() if chart}
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style>{body}{_scripts(specs)}</html>\n"
    )


def number(text: str) -> str:
    """A cell that stands at the right."""
    return f"\0{escape(text)}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right_from: int | None = None) -> str:
    """A table of cells that are HTML already, or made by `number`.

    Args:
        right_from: heads from this place on stand at the right, as numbers do.
    """
    numbers = len(heads) if right_from is None else right_from
    head = "".join(f"<th{' class=n' if i >= numbers else ''}>{escape(cell)}</th>" for i, cell in enumerate(heads))
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _cell(cell: str) -> str:
    return f'<td class="n">{cell[1:]}</td>' if cell.startswith("\0") else f"<td>{cell}</td>"


def _scripts(specs: dict[str, dict]) -> str:
    if not specs:
        return ""
    # Text of users' files must not end the script.
    given = json.dumps(specs).replace("</", "<\\/")
    version = alt.SCHEMA_VERSION.rpartition(".")[0]
    options = json.dumps({"actions": False, "renderer": "svg", "config": _CONFIG})
    draw = f"for(const[name,spec]of Object.entries(specs))vegaEmbed('#'+name,spec,{options})"
    return f"<script>{vl_convert.javascript_bundle(vl_version=version)}</script><script>const specs={given};{draw}</script>"
