"""`hm facts`: what a purchase log is like, beside what is published of H&M's."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hm.options import Folder, Json, print_json

if TYPE_CHECKING:
    from warehouse.facts import Compared, Facts, Log

SYNTHETIC = "SYNTHETIC log: look-alike v{version}, scale {scale}, seed {seed}; no row of it comes from a customer."
REAL = "No look-alike of `hm generate`: what is measured here is a fact of this log."


def facts(
    folder: Folder,
    with_ladder: Annotated[
        bool, typer.Option("--ladder", help="Also MAP@12 of the classic heuristics on the last week.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Facts of a log (activity, baskets, repeats, taste, prices, ...) beside those published of H&M's, with bands."""
    from warehouse.facts import compared, measure, published, read_log
    from warehouse.lookalike.files import read_marker

    log = read_log(folder)
    measured = measure(log, published().shares)
    if with_ladder:
        measured |= ladder(log)
    marker = read_marker(folder)
    found = compared(measured, len(log.customers))
    if as_json:
        print_json(_as_json(folder, log, marker, found))
    else:
        _print(folder, log, marker, found)


def ladder(log: "Log") -> "Facts":
    """The classic ladder on the files' last week, and how much its steps add to each other."""
    import numpy as np
    import pyarrow as pa

    from models.interactions import Interactions
    from models.ladder import ladder as climb

    t_dat = pa.array(log.day.astype(np.int32) + log.first_date, pa.int32()).cast(pa.date32())
    lines = pa.table({"t_dat": t_dat, "customer_key": log.customer, "article_key": log.article})
    customers = log.customers.select(["customer_id", "age"])
    articles = log.articles.select(["article_id"])
    customers = customers.append_column("customer_key", pa.array(np.arange(len(customers), dtype=np.int32)))
    articles = articles.append_column("article_key", pa.array(np.arange(len(articles), dtype=np.int32)))
    return climb(Interactions.from_arrow(lines, customers, articles))


def _as_json(folder: Path, log: "Log", marker: dict | None, found: list["Compared"]) -> dict[str, Any]:
    from warehouse.facts import published

    return {
        "folder": str(folder),
        "synthetic": marker is not None,
        "lookalike": marker,
        "dropped_rows": log.dropped,
        "source": published().source,
        "facts": [asdict(c.fact) | {"measured": c.measured, "ratio": c.ratio, "in_band": c.in_band} for c in found],
    }


def _print(folder: Path, log: "Log", marker: dict | None, found: list["Compared"]) -> None:
    from rich.table import Table

    from hm.show import console
    from warehouse.facts import published

    title = SYNTHETIC.format(**marker) if marker else REAL
    console.print(f"{folder}: {title}", soft_wrap=True)
    if log.dropped:
        console.print(f"{log.dropped:,} rows name an unknown customer or article and are left out.")
    table = Table("fact", "this log", "H&M", "ratio", "band", "", "published from")
    for column in table.columns[1:5]:
        column.justify = "right"
    for c in found:
        ratio = "" if c.ratio is None else f"{c.ratio:.2f}"
        band = f"{_number(c.fact.low)} - {_number(c.fact.high)}"
        table.add_row(c.fact.name, _number(c.measured), _number(c.fact.published), ratio, band, _verdict(c), c.fact.basis)
    console.print(table)
    held = [c for c in found if c.in_band is not None]
    console.print(f"{sum(bool(c.in_band) for c in held)} of {len(held)} facts lie in their band.")
    if len(held) < len(found):
        console.print(f"{len(found) - len(held)} more depend on the size of the log and are not compared at this one (-).")
    console.print(f"H&M: {published().source}", soft_wrap=True)


def _verdict(c: "Compared") -> str:
    return "-" if c.in_band is None else "in" if c.in_band else "OUT"


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if value >= 0.1 or value == 0 else f"{value:.4f}"
