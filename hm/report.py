"""The daily report: how fresh the data is, what landed, what readers see and what the gates said, on one page."""

import json
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

from hm.show import SYNTHETIC
from infra.settings import Settings
from warehouse import landings
from warehouse.gates import lists
from warehouse.gates.publication import last_verdicts
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.runs import runs, served
from warehouse.serving.store import open_store

LANDINGS_SHOWN = 12


def gather(settings: Settings, today: date | None = None) -> dict:
    """The facts, JSON-able; works on an empty warehouse too."""
    catalogue = Catalogue(settings)
    files = landings.landings(catalogue)
    return {
        "day": today or datetime.now(UTC).date(),
        "environment": settings.env,
        "synthetic": any(file.is_synthetic for file in files),
        "look_alike": landings.versions(files),
        "freshness": _freshness(files, today or datetime.now(UTC).date()),
        "landings": [vars(file) for file in reversed(files[-LANDINGS_SHOWN:])],
        "published": _published(settings),
        "gates": last_verdicts(settings),
    }


def _freshness(files: list[landings.Landing], today: date) -> dict:
    """Last landed day of purchase and how many days ago that was."""
    days = [file.last_day for file in files if file.last_day]
    last = max(days, default=None)
    return {"last_day": last, "days_ago": (today - last).days if last else None}


def _published(settings: Settings) -> dict | None:
    """The run readers see, with its coverage and source mix as the store counts them; None before the first publication."""
    with open_store(settings) as client:
        run = served(runs(client))
        if run is None:
            return None
        shown, known = lists.of_run(client, run.run), run.table_rows.get("customers", 0)
    return {
        **run.to_dict(),
        "customers": shown.customers,
        "coverage": shown.customers / known if known else None,
        "sources": shown.sources,
    }


def write(settings: Settings, facts: dict, out: Path | None = None) -> Path:
    """Write the page and, beside it, the same as JSON; returns the page."""
    page = out or settings.reports_dir / f"daily-{facts['day']}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html(facts))
    page.with_suffix(".json").write_text(json.dumps(facts, indent=1, default=str))
    return page


_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%;margin-bottom:2rem}
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}
.fails{color:#b00020;font-weight:600}.synthetic{background:#fff3cd;padding:.5rem 1rem}"""


def html(facts: dict) -> str:
    """One self-contained page."""
    title = f"Recommendations, {facts['day']}"
    banner = f'<p class="synthetic">{escape(SYNTHETIC.format(facts["look_alike"]))}</p>' if facts["synthetic"] else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>Environment {escape(facts['environment'])}.</p>{banner}"
        f"{_fresh_part(facts['freshness'])}{_published_part(facts['published'])}"
        f"{_gates_part(facts['gates'])}{_landings_part(facts['landings'])}</html>\n"
    )


def _fresh_part(found: dict) -> str:
    if found["last_day"] is None:
        return "<h2>Freshness</h2><p>Nothing has landed yet.</p>"
    return f"<h2>Freshness</h2><p>The last landed purchase is of {found['last_day']}, {found['days_ago']:,} days ago.</p>"


def _published_part(found: dict | None) -> str:
    if found is None:
        return "<h2>What readers see</h2><p>Nothing is published yet.</p>"
    verdict = found["metrics"].get("verdict") or {}
    figures = {
        "run": f"{found['run']} ({found['run_id']})",
        "as of": found["as_of_date"],
        "published": f"{found['created_at']:%Y-%m-%d %H:%M} UTC",
        "model": found["model_run"],
        "code": found["code_version"],
        "MAP@12": f"{verdict['full_system']:.4f}" if verdict else "not judged",
        "best baseline": f"{verdict['best_baseline']}, {verdict['best_baseline_map']:.4f}" if verdict else "",
        "customers with a list": f"{found['customers']:,} ({found['coverage']:.1%})"
        if found["coverage"] is not None
        else "",
    }
    sources = [(name, f"{share:.1%}") for name, share in found["sources"].items()]
    return (
        f"<h2>What readers see</h2>{_table((), figures.items())}"
        f"<h2>Where the shown articles come from</h2>{_table(('candidate source', 'share'), sources)}"
    )


def _gates_part(found: dict | None) -> str:
    if found is None:
        return "<h2>Gates</h2><p>No run has met them yet.</p>"
    rows = [(gate["name"], gate["verdict"], gate["says"]) for gate in found["gates"]]
    return f"<h2>Gates, as of {found['as_of_date']}</h2>{_table(('gate', 'verdict', 'found'), rows)}"


def _landings_part(found: list[dict]) -> str:
    rows = [
        (
            f["landing_id"],
            f["file_name"],
            f"{f['rows_landed']:,}",
            f"{f['first_day']} to {f['last_day']}" if f["first_day"] else "",
        )
        for f in found
    ]
    return f"<h2>Last landed files</h2>{_table(('landing', 'file', 'rows', 'days'), rows)}"


def _table(heading, rows) -> str:
    head = "".join(f"<th>{escape(str(cell))}</th>" for cell in heading)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f"<table>{f'<tr>{head}</tr>' if head else ''}{body}</table>"


def _cell(value: object) -> str:
    return f"<td{' class=fails' if value == 'fails' else ''}>{escape(str(value))}</td>"
