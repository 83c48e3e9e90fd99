"""Who was forgotten: raw.forgotten_customers, which landing asks, so that the same file again brings nobody back.

An id is 64 hexadecimal digits, as many as a hash has: nobody can guess it back from its SHA-256, so there is no salt to
keep. Who has the id can ask whether it is on the list; that is what the list is for.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import raw
from warehouse.stamps import digest

FORGOTTEN = "forgotten customer"
"""Reason in raw.rejected_rows, of a row that keeps its place and none of its content."""

_NAME = raw.FORGOTTEN_CUSTOMERS.full_name


def sha256_of(customer_id: str) -> str:
    """What is kept of a customer: SHA-256 of the id's text, 64 hexadecimal digits."""
    return sha256(customer_id.encode()).hexdigest()


def hashes(catalogue: Catalogue) -> list[str]:
    """SHA-256 of the id of everybody who was forgotten, ascending; asks no Spark."""
    return sorted(set(_rows(catalogue)["customer_sha256"].to_pylist()))


def n_forgotten(catalogue: Catalogue) -> int:
    """Forgotten customers who had rows: so many keys may be missing."""
    return len(_with_rows(catalogue))


def identity(catalogue: Catalogue) -> list[str]:
    """What a stamp of anything learned from landed rows must name besides the landings; `[]` where nobody was forgotten."""
    gone = _with_rows(catalogue)
    return [f"forgotten:{digest(sorted(gone))}"] if gone else []


def remember(catalogue: Catalogue, customer_ids: Sequence[str], had_rows: Collection[str]) -> None:
    """Put customers on the list, where they are not on it as they are now; the caller holds the pipeline's lock.

    Args:
        had_rows: those of them whose rows have landed.
    """
    known = {row["customer_sha256"]: row["had_rows"] for row in _rows(catalogue).to_pylist()}
    wanted = {sha256_of(one): one in had_rows for one in customer_ids}
    # Killed after its rows went and asked again, a customer has none: what is due stays due.
    fresh = {one: had for one, had in wanted.items() if one not in known or had > known[one]}
    if not fresh:
        return
    now = datetime.now(UTC)
    rows = [{"customer_sha256": one, "had_rows": had, "forgotten_at": now} for one, had in sorted(fresh.items())]
    before = _rows(catalogue, now.year).filter(~pc.field("customer_sha256").isin(list(fresh)))
    schema = raw.FORGOTTEN_CUSTOMERS.arrow_schema
    together = pa.concat_tables([before.select(schema.names).cast(schema), pa.Table.from_pylist(rows, schema)])
    catalogue.write(raw.FORGOTTEN_CUSTOMERS, {"forgotten_year": now.year}, [together])


def _with_rows(catalogue: Catalogue) -> set[str]:
    rows = _rows(catalogue)
    return set(rows.filter(rows["had_rows"])["customer_sha256"].to_pylist())


def _rows(catalogue: Catalogue, year: int | None = None) -> pa.Table:
    """The list, or what of it is of a year; empty where there is none."""
    years = [values for values in catalogue.partitions(_NAME) if year is None or values["forgotten_year"] == str(year)]
    empty = raw.FORGOTTEN_CUSTOMERS.arrow_schema.empty_table()
    return pa.concat_tables([empty, *(catalogue.read(_NAME, **values).cast(empty.schema) for values in years)])
