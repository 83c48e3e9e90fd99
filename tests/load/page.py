"""The measured figures as a table, and their place on the page."""

import os
from pathlib import Path
from typing import Any

from tests.load.drive import Measured

BEGIN, END = "<!-- load: begin -->", "<!-- load: end -->"
WHEN = {"quiet": "quiet", "publishing": "publishing"}


def write(page: Path | None, found: dict[str, Any], n_customers: int, publications: int, load: float) -> str:
    """The table; it takes the place of the one on the page, where one is named."""
    text = table(found, n_customers, publications, load)
    if page:
        before, _, rest = page.read_text().partition(BEGIN)
        page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    return text


def table(found: dict[str, Any], n_customers: int, publications: int, load: float) -> str:
    """Milliseconds and answers per second, API and bare read in one row."""
    alone: Measured = found["in process"]
    rows = [_row(when, n, both) for when in WHEN for n, both in found[when].items()]
    return "\n".join(
        [
            f"Synthetic shop of {n_customers:,} customers with 24 articles each; {os.cpu_count()} cores, which the asking "
            f"processes share and others kept at a load of {load:.1f}; {publications} publications in the second half. The "
            f"bare read in the process that holds chDB, without HTTP: p50 {alone.p50:.1f}, p95 {alone.p95:.1f}, "
            f"p99 {alone.p99:.1f} ms, {alone.cpu_ms:.1f} ms of processor. Processor time is the server's, and while it is "
            "quiet the figure that others on the machine disturb least.",
            "",
            "| | connections | bare read p50 / p95 / p99, ms | per s | CPU, ms | API p50 / p95 / p99, ms | per s | CPU, ms "
            "| p99, API / bare |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


def _row(when: str, n: int, both: dict[str, Measured]) -> str:
    bare, api = both["bare"], both["api"]
    return f"| {WHEN[when]} | {n} | {_figures(bare)} | {_figures(api)} | {api.p99 / bare.p99:.1f} |"


def _figures(m: Measured) -> str:
    return f"{m.p50:.1f} / {m.p95:.1f} / {m.p99:.1f} | {m.per_s:.0f} | {m.cpu_ms:.1f}"
