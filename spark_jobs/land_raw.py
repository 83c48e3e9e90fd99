"""Land the three CSV files in database `raw`: typed, sorted, accounted for; or change nothing and say why.

All files of one call are one landing, visible whole or not at all. Exact duplicates of transaction rows are kept (they are
real purchases), and so are rows of customers and articles that no snapshot lists: they get keys, and the dims make stubs.
"""

import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import reduce
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from infra.settings import Settings
from infra.spark import spark_session
from infra.storage import files_below
from spark_jobs.landing import frames, rules
from spark_jobs.landing.account import Account, check_written
from spark_jobs.landing.errors import InputFileError
from spark_jobs.landing.ledger import Ledger, is_half_done, landed_hashes, open_ledger
from spark_jobs.landing.preflight import KINDS, SourceFile, find_files, inspect
from spark_jobs.landing.result import LandedFile, landed_files, landings_rows, notes
from warehouse.forgetting.registry import hashes
from warehouse.hive import files as written
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import raw

Progress = Callable[[str], None]

_BYTES_PER_TASK = 64 << 20
"""Plain CSV that one sorting task takes: far below an executor's memory, and a month of a large log still fits one file."""


def land(
    settings: Settings,
    folder: Path,
    *,
    today: date | None = None,
    replace_days: bool = False,
    max_reject_share: float | None = None,
    progress: Progress = lambda line: None,
) -> list[LandedFile]:
    """Land every articles*, customers* and transactions*.csv[.gz] of a folder as one landing.

    Args:
        folder: holds the files; a file whose sha256 was landed before is skipped.
        today: rows later than this day are rejected; the present day (UTC) where not given.
        replace_days: let transactions files replace days that an earlier landing brought.
        max_reject_share: stop when more than this share of a file's rows cannot be used; the setting where not given.
        progress: gets one line per file and step, with rows and seconds.

    Raises:
        LandingError: one sentence that names the file and the remedy; what was landed before is still there.
    """
    files = look_through(Path(folder), progress)
    known = landed_hashes(Catalogue(settings))
    if all(file.sha256 in known for file in files) and not is_half_done(settings):  # says so without starting Spark
        skipped = already_landed(files, known, None, progress)
        progress("nothing new to land")
        return list(skipped.values())
    ledger = open_ledger(settings)
    skipped = already_landed(files, landed_hashes(ledger.catalogue), ledger.landing_id, progress)
    new = {n: file for n, file in enumerate(files) if n not in skipped}
    if not new:
        progress("nothing new to land")
        return list(skipped.values())
    require_every_kind(new, ledger, Path(folder))
    started = time.monotonic()
    with checked_rows(settings, new, today or datetime.now(UTC).date()) as (checked, account):
        report(account, progress, time.monotonic() - started)
        require_closed_quotes(checked, account)
        account.check_shares(settings.max_reject_share if max_reject_share is None else max_reject_share)
        if not replace_days:
            account.check_days(ledger.days())
        account.check_price_total(ledger.price_total(besides=set(account.days()["t_dat"].to_pylist())))
        landed = write(ledger, checked, account, progress)
    return [{**skipped, **landed}[n] for n in range(len(files))]


def look_through(folder: Path, progress: Progress) -> list[SourceFile]:
    """The files of a folder, each read once for what Spark need not find out."""
    started = time.monotonic()
    files = [inspect(kind, path) for kind, path in find_files(folder)]
    size = sum(file.plain_bytes for file in files) / 1e6
    progress(f"{len(files)} files looked through: {size:,.1f} MB without compression, {time.monotonic() - started:.1f} s")
    return files


def already_landed(
    files: list[SourceFile], known: dict[str, int], present: int | None, progress: Progress
) -> dict[int, LandedFile]:
    """The files to skip, by number: landed before, or a copy of another one of this call.

    Args:
        known: sha256 of every landed file, with its landing.
        present: number of the landing being made; none where every file is known.
    """
    skipped = {}
    for n, file in enumerate(files):
        landing_id = known.get(file.sha256, present)
        if landing_id != present or any(file.sha256 == earlier.sha256 for earlier in files[:n]):
            skipped[n] = LandedFile(file.name, file.kind, landing_id, is_new=False)
            why = "the same as another file" if landing_id == present else f"landed before (landing {landing_id})"
            progress(f"{file.name}: {why}, skipped")
    return skipped


def require_every_kind(new: dict[int, SourceFile], ledger: Ledger, folder: Path) -> None:
    """The first landing needs all three kinds: without articles nobody could read a recommendation.

    Raises:
        InputFileError: naming the kind that is not there.
    """
    for kind, table in KINDS.items():
        if not ledger.has(table) and all(file.kind != kind for file in new.values()):
            raise InputFileError(f"{folder} holds no {kind}*.csv or .csv.gz, and none was landed before; put it there.")


@contextmanager
def checked_rows(settings: Settings, files: dict[int, SourceFile], today: date):
    """The checked rows by kind, parsed once and kept aside while the landing lasts, and their account."""
    spark, forgotten = spark_session(settings), hashes(Catalogue(settings))
    checked: dict[str, DataFrame] = {}
    for kind in KINDS:
        of_kind = {n: file for n, file in files.items() if file.kind == kind}
        if of_kind:
            checked[kind] = frames.read_and_check(spark, kind, of_kind, today, forgotten)
            checked[kind].persist(StorageLevel.MEMORY_AND_DISK)
    try:
        rows = reduce(DataFrame.unionByName, [frames.account(rows) for rows in checked.values()])
        yield checked, Account(rows.toArrow(), files)
    finally:
        for rows in checked.values():
            rows.unpersist()


def report(account: Account, progress: Progress, seconds: float) -> None:
    """A line per file, and what is special about it."""
    for n, file in account.files.items():
        counts = account.counts(n)
        progress(f"{file.name}: {counts.n_read:,} rows read, {counts.n_landed:,} good, {counts.n_rejected:,} rejected")
        if said := notes(account, n):
            progress(f"{file.name}: {said}")
    progress(f"rows checked, {seconds:.1f} s")


def require_closed_quotes(checked: dict[str, DataFrame], account: Account) -> None:
    """One unclosed quote hides every record up to the next quote, so rejecting the row it stands in would not do.

    Raises:
        InputFileError: naming the file and the record.
    """
    spark = next(iter(checked.values())).sparkSession
    if any(account.reasons(n)[rules.UNCLOSED_QUOTE] for n in account.files):
        rows = frames.rejected(checked["articles"], spark.createDataFrame(account.blocks()))
        first = rows.where(rows["reason"] == rules.UNCLOSED_QUOTE).orderBy("file_name", "record_number").first()
        raise InputFileError(f"{first.file_name}, record {first.record_number}: {rules.UNCLOSED_QUOTE}; close it.")


def write(ledger: Ledger, checked: dict[str, DataFrame], account: Account, progress: Progress) -> dict[int, LandedFile]:
    """Write every table of the landing, hold the files against the account, and commit."""
    started = time.monotonic()
    try:
        folders = {kind: write_landed(ledger, kind, rows, account) for kind, rows in checked.items()}
        write_rejected(ledger, list(checked.values()), account)
        ledger.write(raw.LANDED_DAYS, account.days())
        write_keys(ledger, folders)
        landed = landed_files(account, ledger.landing_id)
        ledger.commit(landings_rows(account, landed))
    except BaseException:
        ledger.undo()
        raise
    ledger.catalogue.refresh()
    rows = sum(file.counts.n_landed for file in landed.values())
    progress(f"landing {ledger.landing_id} written and committed: {rows:,} rows, {time.monotonic() - started:.1f} s")
    return landed


def write_landed(ledger: Ledger, kind: str, checked: DataFrame, account: Account) -> str:
    """Write the good rows of a kind; returns their folder."""
    folder = ledger.folder(KINDS[kind])
    rows = frames.landed(checked, kind)
    if kind == "transactions":
        plain_bytes = sum(file.plain_bytes for file in account.files.values() if file.kind == kind)
        rows = rows.repartition(1 + plain_bytes // _BYTES_PER_TASK, "t_month").sortWithinPartitions("t_month", *rows.columns)
    rows.write.parquet(
        ledger.catalogue.location(folder), compression="zstd", partitionBy="t_month" if kind == "transactions" else None
    )
    check_written(KINDS[kind].full_name, account.n_landed(kind), n_written(ledger, folder))
    ledger.add(KINDS[kind], folder)
    return folder


def n_written(ledger: Ledger, folder: str) -> int:
    """Rows that stand in the files of a folder, by their own word."""
    return written.n_rows(ledger.catalogue.fs, files_below(ledger.catalogue.fs, folder))


def write_rejected(ledger: Ledger, checked: list[DataFrame], account: Account) -> None:
    """Write the rows that cannot be used, with their place and reason, in the order of the files."""
    if not account.n_rejected:
        return
    blocks = checked[0].sparkSession.createDataFrame(account.blocks())
    rows = reduce(DataFrame.unionByName, [frames.rejected(rows, blocks) for rows in checked])
    folder = ledger.folder(raw.REJECTED_ROWS)
    ordered = rows.repartition(1).sortWithinPartitions("file_name", "record_number")
    ordered.write.parquet(ledger.catalogue.location(folder), compression="zstd")
    check_written(raw.REJECTED_ROWS.full_name, account.n_rejected, n_written(ledger, folder))
    ledger.add(raw.REJECTED_ROWS, folder)


def write_keys(ledger: Ledger, folders: dict[str, str]) -> None:
    """Give every id that was not seen before, in a snapshot or in a transaction, its key."""
    system = ledger.catalogue.fs
    for keys, kind in ((raw.CUSTOMER_KEYS, "customers"), (raw.ARTICLE_KEYS, "articles")):
        name = keys.columns[0].name
        found = [files_below(system, folders[k]) for k in (kind, "transactions") if k in folders]
        seen = [written.distinct(system, files, name) for files in found]
        ledger.write_new_keys(keys, seen)
