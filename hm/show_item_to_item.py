"""What `hm item-to-item` prints."""

from collections.abc import Sequence

from rich.table import Table

from hm.show import SYNTHETIC, console

TITLES = {
    "instead of it": "Instead of it: of the asked article's kind, what its buyer took next, new to them",
    "with it": "With it: what else of other kinds was in the basket",
}


def print_item_to_item(found: dict, look_alike: str = "") -> None:
    """Rules and the product per question, the leading settings of the grid, and segments."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    console.print(
        f"Judged on the weeks from {', '.join(found['weeks'])}; every list is made of what was seen before its week."
    )
    for name, title in TITLES.items():
        told = found[name]
        console.print(f"\n{title} ({told['questions']:,} questions)", style="bold")
        console.print(_rows(told["rows"], with_settings=False))
        if told["grid"]:
            console.print(f"Best settings of the grid, on the earlier weeks from {', '.join(found['grid_weeks'])}:")
            console.print(_rows(told["grid"], with_settings=True))
    console.print("\nWith it, by segment: complements of the segment's own sales and kinds against everyone's", style="bold")
    console.print(_segments(found["segments"]))


def _rows(rows: Sequence[dict], with_settings: bool) -> Table:
    table = Table("settings" if with_settings else "", "MAP@12", "to the first" if not with_settings else "")
    for heading in ("95 % interval", "recall@12", "hit rate", "coverage", "popularity", "answered"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        paired = ("", "") if with_settings or not (row["low"] or row["high"]) else _paired(row)
        name = _told(row["settings"]) if with_settings else row["name"]
        figures = [f"{row[f]:.3f}" for f in ("recall_at_12", "hit_rate_at_12", "coverage", "popularity", "answered")]
        table.add_row(name, f"{row['map_at_12']:.4f}", *paired, *figures)
    return table


def _segments(rows: Sequence[dict]) -> Table:
    table = Table("divided by", "questions", "MAP@12 of everyone's", "own less everyone's", "95 % interval")
    for row in rows:
        table.add_row(row["segment"], f"{row['questions']:,}", f"{row['map_at_12']:.4f}", *_paired(row))
    return table


def _paired(row: dict) -> tuple[str, str]:
    return f"{row['difference']:+.4f}", f"{row['low']:+.4f} to {row['high']:+.4f}"


def _told(settings: dict) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items() if name != "category")
