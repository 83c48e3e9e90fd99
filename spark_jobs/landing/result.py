"""What became of each file: for the caller, and as rows of raw.landings."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from spark_jobs.landing.account import Account, Counts
from warehouse.landings import SYNTHETIC
from warehouse.schemas import raw

NOTHING = Counts()


@dataclass(frozen=True)
class LandedFile:
    """What became of one file.

    Attributes:
        landing_id: the landing that brought it: this one, or an earlier one where `is_new` is false.
        notes: what a reader of the file should know, as in raw.landings.
    """

    name: str
    kind: str
    landing_id: int
    is_new: bool
    counts: Counts = NOTHING
    notes: str = ""


def landed_files(account: Account, landing_id: int) -> dict[int, LandedFile]:
    """The files of a landing by their number."""
    return {
        n: LandedFile(file.name, file.kind, landing_id, True, account.counts(n), notes(account, n))
        for n, file in account.files.items()
    }


def notes(account: Account, file_no: int) -> str:
    """What is special about a file, `; ` between the points; empty where nothing is."""
    file, counts = account.files[file_no], account.counts(file_no)
    said = [f"{SYNTHETIC} v{file.look_alike}"] if file.look_alike else []
    if file.extra_columns:
        said.append(f"columns left out: {', '.join(file.extra_columns)}")
    if file.encoding != "UTF-8":
        said.append(f"not UTF-8, read as {file.encoding}")
    if counts.n_repaired:
        said.append(f"leading zeros given back to {counts.n_repaired:,} article ids")
    if counts.n_free:
        said.append(f"{counts.n_free:,} rows with a price of 0 landed")
    said += [f"{n:,} rejected: {reason}" for reason, n in account.reasons(file_no).most_common()]
    return "; ".join(said)


def landings_rows(account: Account, landed: dict[int, LandedFile]) -> pa.Table:
    """The landing's rows of raw.landings."""
    now = datetime.now(UTC)
    rows = [
        {
            "file_name": done.name,
            "file_kind": done.kind,
            "sha256": account.files[n].sha256,
            "file_bytes": account.files[n].file_bytes,
            "rows_read": done.counts.n_read,
            "rows_landed": done.counts.n_landed,
            "rows_rejected": done.counts.n_rejected,
            "rows_repaired": done.counts.n_repaired,
            "first_day": done.counts.first_day,
            "last_day": done.counts.last_day,
            "notes": done.notes,
            "landed_at": now,
        }
        for n, done in landed.items()
    ]
    return pa.Table.from_pylist(rows, schema=raw.LANDINGS.arrow_schema)
