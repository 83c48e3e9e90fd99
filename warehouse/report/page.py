"""The report as one self-contained HTML file: what matters first, then section by section."""

from collections.abc import Mapping
from html import escape

from warehouse.page import document
from warehouse.report import around, charts, listings, sections
from warehouse.report.parts import NOTHING_PUBLISHED, SECTIONS, ago, system_of

_STYLE = """
body{max-width:57rem}h2{font-size:1.3rem;line-height:1.3}h3{font-size:1.02rem;margin:1.6rem 0 .3rem}
nav{font-size:.92em;margin:.8rem 0}nav a{margin-right:1rem;white-space:nowrap}a{color:#00598c}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:.8rem;margin:1rem 0}
.tile{border:1px solid #ddd;padding:.6rem .8rem}
.tile b{display:block;font-size:1.35rem;line-height:1.3}.tile span{color:#555;font-size:.88em}.tile.bad b{color:#b00020}
.kind{color:#555;font-size:.8em;text-transform:uppercase;letter-spacing:.05em;margin:2.4rem 0 0}.kind+h2{margin-top:.1rem}
.empty{background:#f4f4f4;padding:.6rem 1rem}
code{font-size:.92em;overflow-wrap:anywhere}.w{white-space:nowrap}
@media(max-width:700px){.tiles{grid-template-columns:1fr 1fr}}
"""


def page(facts: Mapping) -> str:
    """The whole page of what `hm.report.gather` found; it asks for nothing outside itself."""
    title = f"Recommendations, {facts['day']}"
    rows, best = facts["views"], best_baseline(facts["views"])
    drawn = {
        "quality-weeks": charts.quality_weeks(rows["quality_by_week"], best),
        "quality-segments": charts.quality_segments(rows["quality"], best),
        "source-mix": charts.source_mix(rows["source_mix"]),
        "article-map": charts.article_map(rows["article_map"]),
        "concentration": charts.concentration(rows["concentration_curve"]),
        "rfm-segments": charts.rfm_segments(rows["rfm_segments"]),
        "rfm-movement": charts.rfm_movement(rows["rfm_movement"]),
    }
    banner = f'<p class="synthetic">{escape(facts["synthetic_note"])}</p>' if facts["synthetic_note"] else ""
    links = "".join(f'<a href="#{name}">{label}</a>' for name, label in SECTIONS.items())
    head = f'<h1>{title}</h1><p class="sub">Environment {escape(facts["environment"])}. {_served(rows)}</p>{banner}'
    parts = (sections.quality, sections.sources, sections.coverage, around.around, sections.customers)
    seen = "".join(part(rows, drawn) for part in parts)
    told = "".join(part(facts) for part in (listings.experiments, listings.gates, listings.data, listings.runs))
    return document(title, f"{head}{_tiles(facts)}<nav>{links}</nav>{seen}{told}", drawn, _STYLE + around.STYLE)


def _served_run(rows: Mapping) -> dict | None:
    return next((run for run in rows["runs"] if run["is_served"]), None)


def _served(rows: Mapping) -> str:
    run = _served_run(rows)
    if run is None:
        return NOTHING_PUBLISHED
    return f"Readers see run {run['run']}, as of {run['as_of_date']}, published {run['created_at']:%Y-%m-%d %H:%M} UTC."


def best_baseline(rows: Mapping) -> str:
    """The baseline that is best on all buyers; that of a segment may be another one."""
    return next((row["best_baseline_name"] for row in rows["quality"] if row["segment"] == "all"), "")


def _tiles(facts: Mapping) -> str:
    rows, gates = facts["views"], facts["gates"]
    run = _served_run(rows)
    system, fresh = system_of(rows), rows["freshness"][0]
    failing = [gate for gate in gates["gates"] if gate["verdict"] == "fails"] if gates else []
    told = [
        ("MAP@12", f"{system['map_12']:.4f}" if system else "not judged", _times(system) if system else "", False),
        ("customers with a list", f"{run['customers_with_list']:,}" if run else "none", _known(run), False),
        ("last purchase landed", str(fresh["last_day"] or "none"), ago(fresh), False),
        (
            "gates",
            "not met" if not gates else f"{len(failing)} fail" if failing else "none fails",
            _of(gates),
            bool(failing),
        ),
    ]
    tiles = "".join(
        f'<div class="tile{" bad" if is_bad else ""}"><span>{name}</span><b>{escape(value)}</b>'
        f"<span>{escape(note)}</span></div>"
        for name, value, note, is_bad in told
    )
    return f'<div class="tiles">{tiles}</div>'


def _times(system: dict) -> str:
    return f"{system['ratio']:.2f} x the best baseline" if system["ratio"] else "no baseline to compare with"


def _known(run: dict | None) -> str:
    return f"{run['coverage']:.1%} of the known ones" if run and run["coverage"] is not None else ""


def _of(gates: dict | None) -> str:
    return f"of {len(gates['gates'])}, as of {gates['as_of_date']}" if gates else ""
