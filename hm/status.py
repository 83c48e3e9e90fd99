"""`hm status`: what has landed, what is built, what was done last, and who holds the stores."""

import json
from collections import Counter

import psutil
from rich.table import Table

from hm.show import console
from infra import locks
from infra.settings import Settings
from warehouse import landings
from warehouse.hive.catalogue import Catalogue
from warehouse.stamps import Stamps


def gather(settings: Settings) -> dict:
    """The facts, JSON-able."""
    catalogue = Catalogue(settings)
    files = landings.landings(catalogue)
    return {
        "environment": settings.env,
        "home": str(settings.root),
        "landed_files": [vars(file) for file in files],
        "as_of_dates": {
            table: [str(d) for d in catalogue.as_of_dates(table)]
            for table, entry in catalogue.tables().items()
            if entry["partitioned_by"] == ["as_of_date"]
        },
        "steps_done": Counter(name.split(":")[0] for name in Stamps(settings).names()),
        "published": _published(settings),
        "held": _holders(settings),
    }


def _published(settings: Settings) -> dict | None:
    """What readers are served, or the `fault` of a server that does not say; None where nobody can know."""
    is_embedded = settings.clickhouse_interface == "chdb"
    is_closed = "serving" in _holders(settings) and not locks.door(settings)
    if is_embedded and (not settings.clickhouse_dir.is_dir() or is_closed):
        return None
    from warehouse.serving.errors import StoreError
    from warehouse.serving.status import status
    from warehouse.serving.store import open_store

    try:
        with open_store(settings) as client:
            return status(client).to_dict()
    except StoreError as error:
        return {"fault": str(error)}


def _holders(settings: Settings) -> dict[str, str]:
    """Who has which lock; the note of a command that was killed names a process that is gone."""
    found = {}
    for note in settings.state_dir.glob("*.holder.json"):
        try:
            held = json.loads(note.read_text())
        except ValueError:  # being written
            continue
        if psutil.pid_exists(held["pid"]):
            what = note.name.removesuffix(".holder.json")
            found[what] = f"{held['command']} (process {held['pid']}, since {held['since']})"
    return found


def print_status(facts: dict) -> None:
    """The facts for a person."""
    console.print(f"Environment {facts['environment']}, state in {facts['home']}")
    if not facts["landed_files"]:
        console.print("Nothing has landed yet; run `hm run FOLDER` with the folder of your CSV files.")
        return
    table = Table("landing", "file", "kind", "rows", "days", title="Landed files")
    for file in facts["landed_files"]:
        days = f"{file['first_day']} to {file['last_day']}" if file["first_day"] else ""
        table.add_row(str(file["landing_id"]), file["file_name"], file["file_kind"], f"{file['rows_landed']:,}", days)
    console.print(table)
    table = Table("table", "as-of dates", "first", "last", title="Built")
    for name, days in facts["as_of_dates"].items():
        if days:
            table.add_row(name, str(len(days)), days[0], days[-1])
    console.print(table)
    print_published(facts["published"])
    for what, holder in facts["held"].items():
        console.print(f"{what} is held by {holder}")


def print_published(published: dict | None) -> None:
    """What readers are served."""
    served = (published or {}).get("served")
    if not served:
        console.print((published or {}).get("fault") or "Nothing is published, or another command has the store.")
        return
    rows = sum(published["table_rows"].values())
    console.print(
        f"Readers see run {served['run']}, as of {served['as_of_date']}, since {published['since']['at']:%Y-%m-%d %H:%M}; "
        f"kept runs: {', '.join(map(str, published['kept_runs']))}; {rows:,} rows, {published['disk_bytes'] / 1e6:,.1f} MB"
    )
