"""The state folder without some customers: Parquet files beside models, the API's spool, every text (logs, reports, notes).

A Parquet file loses their rows. In a text their id is written over where it stands, with as many other characters, so that a
process that goes on writing to the file is not disturbed.
"""

import mmap
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq

from infra import locks
from infra.settings import Settings
from warehouse.forgetting import rewrite
from warehouse.forgetting.customers import BLANK, Customers

SPOOL_WAIT_S = 5.0
"""A running `hm serve` brings its spool to ClickHouse within a second, unless ClickHouse is away."""
_TEXT_BYTES = 8_192


def files(settings: Settings) -> list[Path]:
    """Every file of the state folder that is no table's, no store's and no service's own data."""
    apart = {settings.clickhouse_dir, settings.spool_dir, *(settings.data_root / name for name in ("hdfs", "trino", "yarn"))}
    apart |= {settings.warehouse_dir} if settings.storage == "disk" else set()
    return sorted(_below(settings.root, apart))


def _below(folder: Path, apart: set[Path]) -> Iterator[Path]:
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(base, name) not in apart]
        yield from (path for name in names if (path := Path(base, name)).is_file() and not path.is_symlink())


def count(file: Path, who: Customers) -> int:
    """Rows of a Parquet file, or places of any other one, that name the customers."""
    if file.suffix == ".parquet":
        with file.open("rb") as source:
            parquet = pq.ParquetFile(source)
            is_theirs = who.rows_of(parquet.schema_arrow.names)
            named = None if is_theirs is None else rewrite.groups(source, _told(parquet))
            return sum(rows.filter(is_theirs).num_rows for rows in named) if named else 0
    return len(_places(file, who))


def _told(parquet: pq.ParquetFile) -> list[str]:
    return [name for name in parquet.schema_arrow.names if name in ("customer_id", "customer_key")]


def _places(file: Path, who: Customers) -> list[int]:
    with file.open("rb") as source:
        if not os.fstat(source.fileno()).st_size:
            return []
        with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return list(who.places_in(text))


def remove(file: Path, who: Customers) -> int:
    """Take the customers out of a file; returns rows or places. A file that is neither Parquet nor text is left as it is."""
    found = count(file, who)
    if found and file.suffix == ".parquet":
        _write_again(file, who)
    elif found and _is_text(file):
        with file.open("r+b") as text:
            for place in _places(file, who):
                text.seek(place)
                text.write(BLANK)
    return found


def _write_again(file: Path, who: Customers) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with file.open("rb") as source, fresh.open("wb") as target:
        rewrite.rewrite(source, target, rewrite.without(who.rows_of(pq.read_schema(file).names)))
    os.replace(fresh, file)


def _is_text(file: Path) -> bool:
    with file.open("rb") as source:
        return b"\0" not in source.read(_TEXT_BYTES)


# -- the spool --------------------------------------------------------------------------------------------------------


def spooled(settings: Settings, who: Customers) -> int:
    """Exposures and events of the customers that are not in ClickHouse yet."""
    found = 0
    for file in sorted(settings.spool_dir.glob("*.jsonl")):
        with suppress(FileNotFoundError):  # it was sent meanwhile
            found += len(_places(file, who))
    return found


def clear_spool(settings: Settings, who: Customers) -> int:
    """Take their lines out of the spool; a running `hm serve` brings them to ClickHouse instead. Returns how many went.

    Raises:
        LockHeldError: it runs, and ClickHouse takes nothing.
    """
    begun = time.monotonic()
    while (found := spooled(settings, who)) and time.monotonic() - begun < SPOOL_WAIT_S:
        time.sleep(0.2)
    if not found:
        return 0
    with locks.spool(settings):
        return sum(_drop_lines(file, who) for file in sorted(settings.spool_dir.glob("*.jsonl")))


def _drop_lines(file: Path, who: Customers) -> int:
    lines = file.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not any(who.places_in(line))]
    if len(kept) < len(lines):
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        fresh.write_bytes(b"".join(kept))
        os.replace(fresh, file)
    return len(lines) - len(kept)
