"""The one row that says which run is served; every answer reads it once and passes the run on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from clickhouse_connect.driver.client import Client

from warehouse.serving.errors import NothingPublishedError


@dataclass(frozen=True)
class Pointer:
    """A row of the pointer table; the one with the highest `seq` is in force."""

    seq: int
    run: int
    as_of_date: date
    at: datetime
    why: str


def history(client: Client) -> list[Pointer]:
    """Every move of the pointer, oldest first."""
    return _read(client, "order by seq")


def current(client: Client) -> Pointer | None:
    """The row in force; None before the first publication."""
    rows = _read(client, "order by seq desc limit 1")
    return rows[0] if rows else None


def served(client: Client) -> Pointer:
    """The row in force.

    Raises:
        NothingPublishedError: before the first publication.
    """
    found = current(client)
    if found is None:
        raise NothingPublishedError("Nothing is published yet; `hm publish` puts the latest recommendations into the store.")
    return found


def move(client: Client, run: int, as_of_date: date, why: str) -> Pointer:
    """Serve another run from now on: one inserted row switches every table at once."""
    last = current(client)
    row = Pointer(last.seq + 1 if last else 1, run, as_of_date, datetime.now(UTC), why)
    columns = ["seq", "run", "as_of_date", "at", "why"]
    client.insert("pointer", [[getattr(row, name) for name in columns]], column_names=columns)
    return row


def before(moves: list[Pointer], run: int) -> int | None:
    """The run that was served when `run` was published; None where it was the first.

    Not simply the next lower number: a run that was rolled back from is never returned to by the way.
    """
    earlier = None
    for row in moves:
        if row.run == run and row.why == "publish":
            return earlier
        earlier = row.run
    return None


def _read(client: Client, tail: str) -> list[Pointer]:
    rows = client.query(f"select seq, run, as_of_date, at, why from pointer {tail}").result_rows
    return [Pointer(seq, run, day, at.replace(tzinfo=UTC), why) for seq, run, day, at, why in rows]
