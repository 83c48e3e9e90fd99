"""Hive tables without some customers: every partition that holds them is written again and switched, as any other change.

A reader sees a partition's old rows or its new ones; killed anywhere, the same walk finds what is left and goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from infra.storage import files_below
from warehouse.forgetting import rewrite
from warehouse.forgetting.customers import Customers
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import Table, raw

REJECTED, TEXT = raw.REJECTED_ROWS.full_name, "row_text"
STAGED = "__staged"
"""Ending of the table that a dbt run was killed at: the next run would drop it."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Held:
    """A partition that holds rows of the customers; `values` are empty for a table without partitions."""

    table: str
    values: dict[str, str]
    location: str
    rows: int


def tables_of_customers(catalogue: Catalogue) -> list[str]:
    """Every table with a customer in it, in the order of removal.

    Who is whose key goes last: until then a walk that was killed can still tell what else is theirs.
    """
    last = {raw.CUSTOMER_KEYS.full_name: 2}
    found = [name for name, entry in catalogue.tables().items() if _tells(name, entry)]
    return sorted(found, key=lambda name: (last.get(name, int(name.endswith(".dim_customers"))), name))


def _tells(name: str, entry: dict) -> bool:
    return name == REJECTED or Customers(("",)).rows_of(entry["columns"]) is not None


def held(catalogue: Catalogue, table: str, who: Customers) -> Iterator[Held]:
    """The partitions of a table that hold rows of the customers."""
    entry = catalogue.tables()[table]
    for partition in entry["partitions"]:
        files = files_below(catalogue.fs, partition["location"])
        if table == REJECTED:
            rows = sum(_n_named(catalogue, file, who) for file in files)
        else:
            rows = rewrite.count(catalogue.fs, files, who.rows_of(entry["columns"]))
        if rows:
            yield Held(table, partition["values"], partition["location"], rows)


def _n_named(catalogue: Catalogue, file: str, who: Customers) -> int:
    with catalogue.fs.open_input_file(file) as source:
        return sum(who.named_in(rows[TEXT]).true_count for rows in rewrite.groups(source, [TEXT]))


def count(catalogue: Catalogue, table: str, who: Customers) -> int:
    """Rows of the customers in a table; of rejected rows: those whose text names one."""
    return sum(part.rows for part in held(catalogue, table, who))


def remove(catalogue: Catalogue, table: str, who: Customers) -> int:
    """Take the customers out of a table, partition by partition; returns how many rows that were.

    The old files stay until `remove_stale`; the caller refreshes the catalogue before.
    """
    database, name = table.split(".")
    version, rows = catalogue.new_version(Table(database, name, "", ())), 0
    for part in list(held(catalogue, table, who)):
        folder = "/".join([version, *(f"{column}={value}" for column, value in part.values.items())])
        n_left = _write_again(catalogue, part, folder, who)
        _switch(catalogue, part, folder, is_empty=not n_left)
        rows += part.rows
    return rows


def _write_again(catalogue: Catalogue, part: Held, folder: str, who: Customers) -> int:
    """A partition's files without the customers; returns the rows that it then has."""
    system, n_left = catalogue.fs, 0
    change = _change(part.table, catalogue.tables()[part.table]["columns"], who)
    system.create_dir(folder)
    for file in files_below(system, part.location):
        target = f"{folder}/{PurePosixPath(file).relative_to(part.location)}"
        system.create_dir(str(PurePosixPath(target).parent))
        with system.open_input_file(file) as source, system.open_output_stream(target) as out:
            n_left += rewrite.rewrite(source, out, change)
    return n_left


def _change(table: str, columns: list[str], who: Customers) -> rewrite.Change:
    if table != REJECTED:
        return rewrite.without(who.rows_of(columns))

    def blank(rows: pa.Table) -> pa.Table:
        kept = pc.if_else(who.named_in(rows[TEXT]), None, rows[TEXT])
        return rows.set_column(rows.schema.get_field_index(TEXT), rows.schema.field(TEXT), kept)

    return blank


def _switch(catalogue: Catalogue, part: Held, folder: str, is_empty: bool) -> None:
    spec = ", ".join(f"{name} = '{value}'" for name, value in part.values.items())
    of = f" partition ({spec})" if spec else ""
    catalogue.sql(f"alter table {part.table}{of} set location '{catalogue.location(folder)}'")
    if spec and is_empty:
        # Only now: the metastore moves what a partition of its own tables holds to a trash, where there is one.
        catalogue.sql(f"alter table {part.table} drop if exists{of}")


def drop_staged(catalogue: Catalogue) -> list[str]:
    """Drop the tables that a killed dbt run left, whose rows are those of a version nobody reads; returns their names."""
    found = [name for name in catalogue.tables() if name.endswith(STAGED)]
    for name in found:
        catalogue.sql(f"drop table if exists {name}")
    return found


def stale(catalogue: Catalogue) -> list[str]:
    """Files in the folders of tables that no table refers to: earlier versions, and what killed writers left."""
    known = catalogue.tables().values()
    used = {part["location"] for entry in known for part in entry["partitions"]}
    roots = {entry["location"].partition("/versions/")[0] for entry in known}
    warehouse = catalogue.settings.warehouse_dir
    found = files_below(catalogue.fs, str(warehouse), suffix="")
    return [file for file in found if _is_stale(PurePosixPath(file), used, roots, warehouse)]


def _is_stale(file: PurePosixPath, used: set[str], roots: set[str], warehouse: PurePosixPath) -> bool:
    folders = {str(folder) for folder in file.parents}
    # <database>.db/<table>/versions/...: of a table, also where the metastore does not know it (any more).
    is_version = file.relative_to(warehouse).parts[2:3] == ("versions",)
    return not folders & used and (is_version or bool(folders & roots))


def remove_stale(catalogue: Catalogue) -> int:
    """Remove them now, without the time that readers are given else; returns how many."""
    found = stale(catalogue)
    for file in found:
        catalogue.fs.delete_file(file)
    catalogue.sweep(grace_s=0)
    return len(found)
