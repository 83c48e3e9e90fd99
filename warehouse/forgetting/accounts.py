"""The accounts of the landings after rows went: rows read = landed + rejected still, by the files' own footers.

A row that went counts as rejected, reason "forgotten customer", and leaves a line in raw.rejected_rows that says no more
than that: which file, no record number, no content. Everything is counted anew from what stands in the tables, so it does
not matter how often this is done, or what a kill left.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.forgetting.registry import FORGOTTEN
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import Table, raw

_SETTLED = {"customers": raw.CUSTOMERS, "transactions": raw.TRANSACTIONS}
"""The kinds of files that name customers."""


def settle(catalogue: Catalogue, say: Callable[[str], None] = lambda _: None) -> int:
    """Bring the accounts of every landing in line with its tables; returns how many landings were off."""
    off = 0
    for values in catalogue.partitions(raw.LANDINGS.full_name):
        files = catalogue.read(raw.LANDINGS.full_name, **values).to_pylist()
        gone = {kind: _n_gone(catalogue, files, kind, values) for kind in _SETTLED}
        days = _days_gone(catalogue, values) if gone["transactions"] else Counter()
        if any(gone.values()):
            _take_off(files, gone["customers"], days)
            _write(catalogue, raw.LANDINGS, values, files)
            off += 1
        _say_so_in_rejected_rows(catalogue, files, values)
        _settle_days(catalogue, values)
    if off:
        say(f"accounts of {off:,} landings brought in line")
    return off


def _n_gone(catalogue: Catalogue, files: list[dict], kind: str, values: dict[str, str]) -> int:
    told = sum(file["rows_landed"] for file in files if file["file_kind"] == kind)
    return told - _n_rows(catalogue, _SETTLED[kind], values) if told else 0


def _n_rows(catalogue: Catalogue, table: Table, values: dict[str, str]) -> int:
    return catalogue.dataset(table.full_name, **values).count_rows() if _has(catalogue, table, values) else 0


def _has(catalogue: Catalogue, table: Table, values: dict[str, str]) -> bool:
    return any(values.items() <= found.items() for found in catalogue.partitions(table.full_name))


def _days_gone(catalogue: Catalogue, values: dict[str, str]) -> Counter[date]:
    """Rows by day that raw.landed_days tells and raw.transactions does not have."""
    return Counter(_told_days(catalogue, values)) - _days(catalogue, values)


def _told_days(catalogue: Catalogue, values: dict[str, str]) -> dict[date, int]:
    if not _has(catalogue, raw.LANDED_DAYS, values):
        return {}
    told = catalogue.read(raw.LANDED_DAYS.full_name, **values)
    return dict(zip(told["t_dat"].to_pylist(), told["n_rows"].to_pylist(), strict=True))


def _days(catalogue: Catalogue, values: dict[str, str]) -> Counter[date]:
    found: Counter[date] = Counter()
    if _has(catalogue, raw.TRANSACTIONS, values):
        for batch in catalogue.dataset(raw.TRANSACTIONS.full_name, **values).to_batches(columns=["t_dat"]):
            found.update({row["values"]: row["counts"] for row in pc.value_counts(batch["t_dat"]).to_pylist()})
    return found


def _take_off(files: list[dict], n_customers: int, days: Counter[date]) -> None:
    """Count rows off the files they came in: a purchase off the first file of the landing that holds its day."""
    for file in files:
        if file["file_kind"] == "customers":
            n = min(n_customers, file["rows_landed"])
            n_customers -= n
        elif file["file_kind"] == "transactions" and file["first_day"]:
            n = _off(file, days)
        else:
            continue
        file["rows_landed"] -= n
        file["rows_rejected"] += n
        file["notes"] = _noted(file["notes"] or "", n)


def _off(file: dict, days: Counter[date]) -> int:
    room = file["rows_landed"]
    for day in [day for day in sorted(days) if file["first_day"] <= day <= file["last_day"]]:
        n = min(days[day], room)
        days[day] -= n
        room -= n
    return file["rows_landed"] - room


def _noted(notes: str, n: int) -> str:
    """The notes of a file with so many more forgotten rows, in the words that landing has for them."""
    if not n:
        return notes
    said = [note for note in notes.split("; ") if note]
    before = [note for note in said if note.endswith(f" rejected: {FORGOTTEN}")]
    n += sum(int(note.split(" ")[0].replace(",", "")) for note in before)
    return "; ".join([*(note for note in said if note not in before), f"{n:,} rejected: {FORGOTTEN}"])


def _say_so_in_rejected_rows(catalogue: Catalogue, files: list[dict], values: dict[str, str]) -> None:
    if sum(file["rows_rejected"] for file in files) == _n_rows(catalogue, raw.REJECTED_ROWS, values):
        return
    schema = raw.REJECTED_ROWS.arrow_schema
    there = schema.empty_table()
    if _has(catalogue, raw.REJECTED_ROWS, values):
        there = catalogue.read(raw.REJECTED_ROWS.full_name, **values).cast(schema)
    told = Counter(there["file_name"].to_pylist())
    # Of two files of one name in a landing the rows are told together.
    wanted = Counter()
    for file in files:
        wanted[file["file_name"]] += file["rows_rejected"]
    names = list((wanted - told).elements())
    if names:
        more = pa.table({"file_name": names, "reason": [FORGOTTEN] * len(names)})
        more = pa.concat_tables([schema.empty_table(), more], promote_options="default").cast(schema)
        catalogue.write(raw.REJECTED_ROWS, dict(values), [there, more], refresh=False)


def _settle_days(catalogue: Catalogue, values: dict[str, str]) -> None:
    """raw.landed_days as raw.transactions has them: a day on which nobody else bought stays, without rows."""
    told = _told_days(catalogue, values)
    if sum(told.values()) == _n_rows(catalogue, raw.TRANSACTIONS, values):
        return
    found = _days(catalogue, values)
    _write(catalogue, raw.LANDED_DAYS, values, [{"t_dat": day, "n_rows": found[day]} for day in sorted(told)])


def _write(catalogue: Catalogue, table: Table, values: dict[str, str], rows: list[dict]) -> None:
    catalogue.write(table, dict(values), [pa.Table.from_pylist(rows, table.arrow_schema)], refresh=False)
