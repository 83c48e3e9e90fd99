"""One page and one JSON file out of all records there are: those of this state folder over those the page has already."""

import json
from collections.abc import Iterable
from pathlib import Path

from tests.bench.record import Row

PIECES = ("chain", "landing", "marts", "week", "growth", "als", "ranker", "peers")
HEAD = """# Bench: seconds and memory, as ratios in one run

`make bench LOG=FOLDER` (or `python -m tests.bench PIECE... --log FOLDER --write docs/bench.md`) measures piece by piece and
writes this page and [bench.json](bench.json) from what there is. The contestants of a table ran one after the other in one
run, each in a process of its own; peak MiB is resident memory of that process and its children. Ratios are to be read,
seconds depend on the machine: where its load is above the number of cores, others worked on it too, and the ratio of CPU
seconds says more than that of the wall's.

What it needs: `.venv-bench` (1.2 GB, made by `make bench`), and below `HM_HOME/bench` per log about ten times the size of
its CSV files if all pieces run (state folders and DuckDB's outputs; `rm -r` frees them, this page keeps what was found).
Memory: Spark's driver (`HM_SPARK_DRIVER_MEMORY`), which is also DuckDB's limit, and half as much beside it; a peer is ended
at 16 GiB. `week`, `growth` and `peers` build ten dates each, `growth` and `peers` run the whole chain: on a log of H&M's
size take them one at a time (`PIECES=week`).
"""


def merged(known: Iterable[Row], fresh: Iterable[Row]) -> list[Row]:
    """One record per piece and log, the fresh one where there are two; by piece, then by size of the log."""
    by_key = {(entry["piece"], entry["log"]["marker"]): entry for entry in [*known, *fresh]}
    return sorted(by_key.values(), key=lambda e: (PIECES.index(e["piece"]), e["log"]["rows"], e["log"]["marker"]))


def page(records: list[Row]) -> str:
    """The records as Markdown."""
    return "\n".join([HEAD, *(section(entry) for entry in records)])


def section(entry: Row) -> str:
    """One record: what it was measured on, its table, its notes."""
    log, machine = entry["log"], entry["machine"]
    about = [
        f"## {entry['title']}: {log['label']}",
        "",
        f"{log['rows']:,} rows, {log['customers']:,} customers; {said_origin(log)}. {machine['cores']} cores "
        f"({machine['cpu']}), {machine['memory_gib']} GiB, load {machine['load_1m']} at the start "
        f"and {machine['load_1m_at_end']} at the end; "
        f"{entry['at']}; seed {log['seed']}.",
        f"Order: {entry['order']}. {', '.join(f'{name} {number}' for name, number in entry['versions'].items())}.",
        "",
    ]
    return "\n".join([*about, *markdown(entry["rows"]), "", *(f"- {note}" for note in entry["notes"]), ""])


def said_origin(log: Row) -> str:
    """Whether the figures say anything of a real shop."""
    return f"**synthetic** look-alike v{log['synthetic']}" if log["synthetic"] else "a real log"


def markdown(rows: list[Row]) -> list[str]:
    """Rows as a Markdown table; columns in the order in which they first appear."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return lines + [f"| {' | '.join(shown(row.get(name)) for name in columns)} |" for row in rows]


def shown(value: object) -> str:
    """A cell: thousands apart, as many digits as say something."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


def assemble(results: Path, write: Path) -> int:
    """Write the page and the JSON beside it; returns how many records they hold."""
    beside = write.with_suffix(".json")
    known = json.loads(beside.read_text()) if beside.exists() else []
    records = merged(known, [json.loads(file.read_text()) for file in sorted(results.glob("*/*.json"))])
    write.parent.mkdir(parents=True, exist_ok=True)
    write.write_text(page(records))
    beside.write_text(json.dumps(records, indent=1) + "\n")
    return len(records)
