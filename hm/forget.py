"""`hm forget`: customers out of everything, with the proof."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hm.options import Json, print_json
from hm.progress import Progress
from infra import locks
from infra.errors import UserError
from infra.settings import get_settings

if TYPE_CHECKING:
    from warehouse.forgetting.forget import Forgotten

app = typer.Typer()

LEFT = 1
"""Exit code where the walk found rows that should have gone."""


@app.command()
def forget(
    customers: Annotated[list[str] | None, typer.Argument(help="customer_ids: 64 hexadecimal digits each.")] = None,
    from_file: Annotated[Path | None, typer.Option("--from", help="A file of customer_ids, one a line.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be taken back.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; say which rows would go.")] = False,
    as_json: Json = False,
) -> None:
    """Remove customers from landed rows, features, lists, ClickHouse and logs, and prove it.

    Every place is looked into again afterwards; the proof lies in the reports
    and names no customer. No landing lets them in again. Figures that name
    nobody, and models, are made anew by the next `hm run`. Killed, the same
    command goes on. docs/privacy.md says what it does not reach.
    """
    from warehouse.forgetting.forget import forget as let_go
    from warehouse.forgetting.forget import proof_file, seek
    from warehouse.serving.store import open_store

    wanted, settings, progress = _wanted(customers or [], from_file), get_settings(), Progress()
    if dry_run:
        with open_store(settings) as client:
            found = seek(settings, client, wanted)
        print_json(found) if as_json else _print_rows([(where, n) for where, n in found.items() if n], ("rows",))
        return
    if not yes:
        typer.confirm(f"Forget {len(wanted):,} customers for good?", abort=True, err=True)
    with locks.pipeline(settings), open_store(settings) as client, progress.step("forget", f"{len(wanted):,} customers"):
        done = let_go(settings, client, wanted, progress.say)
    print_json(done.to_dict()) if as_json else _print_proof(done, proof_file(settings, done))
    if done.left:
        where = ", ".join(place.where for place in done.left)
        typer.echo(f"hm: Not everything is gone: {where}; run the same command again.", err=True)
        raise typer.Exit(LEFT)


def _wanted(customers: list[str], file: Path | None) -> list[str]:
    """The ids, each checked.

    Raises:
        MalformedIdError: one is not 64 hexadecimal digits.
        UserError: there is none, or no such file.
    """
    from warehouse.serving.lookup import customer_id_of

    if file is not None:
        try:
            customers = customers + [line.strip() for line in file.read_text().splitlines() if line.strip()]
        except OSError as error:
            raise UserError(f"{file} cannot be read ({error.strerror}); name a file of customer_ids, one a line.") from error
    if not customers:
        raise UserError("Nobody is named; give customer_ids, or a file of them with --from.")
    return sorted({customer_id_of(one) for one in customers})


def _print_proof(done: "Forgotten", file: Path) -> None:
    _print_rows([(place.where, place.removed, place.left) for place in done.places], ("removed", "left"))
    typer.echo(f"{len(done.places)} places looked into; the proof: {file}")
    typer.echo("Figures that name nobody, and models, are made anew by the next `hm run`.")


def _print_rows(rows: list[tuple], columns: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("where", box=None)
    for name in columns:
        table.add_column(name, justify="right")
    for where, *numbers in rows:
        table.add_row(where, *(f"{n:,}" for n in numbers))
    Console().print(table) if rows else typer.echo("Nothing of them is there.")
