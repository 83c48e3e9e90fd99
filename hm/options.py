"""What the commands have in common: their options, and the chain they work on."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hm.progress import Progress
from infra.settings import get_settings
from warehouse.calendar import TRAIN_WEEKS

if TYPE_CHECKING:
    from hm.chain import Chain

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="First day that may not be seen.",
        show_default="the day after the last landed day",
    ),
]
Weeks = Annotated[int, typer.Option(min=1, max=52, help="Whole weeks to judge on, the last one first.")]
TrainWeeks = Annotated[int, typer.Option(min=1, max=52, help="Label weeks to learn from.")]
Folder = Annotated[
    Path, typer.Argument(help="Folder with articles, customers and transactions CSV files (.csv or .csv.gz).")
]
Today = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Rows dated later than this are rejected.", show_default="today"),
]
ReplaceDays = Annotated[bool, typer.Option("--replace-days", help="Let new files replace days that have landed already.")]
MaxReject = Annotated[
    float | None, typer.Option("--max-reject-share", min=0, max=1, help="Share of a file's rows that may be rejected.")
]
Force = Annotated[bool, typer.Option("--force", help="Publish although a gate fails.")]


def day(value: datetime | None) -> date | None:
    """The day of an option that typer parses as a moment."""
    return value.date() if value else None


def chain_of(as_of: datetime | None = None, weeks: int | None = None) -> "Chain":
    """The chain of this environment for an as-of date and so many label weeks; heavy imports wait until it is asked for."""
    from hm.chain import Chain
    from hm.plan import Plan

    settings = get_settings()
    return Chain(settings, Progress(), Plan(settings, day(as_of), weeks or TRAIN_WEEKS))


def print_json(value: Any) -> None:
    """An answer for a program."""
    typer.echo(json.dumps(value, indent=1, default=str))
