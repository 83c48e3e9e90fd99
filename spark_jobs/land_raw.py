"""Land the three CSV files in database `raw`: typed, sorted, counted; or change nothing and say why.

All files of one call are one landing: visible whole or not at all. Exact duplicates of transaction rows are kept (they are
real purchases), and so are rows of customers and articles that no snapshot lists: they get keys, and the dims make stubs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from infra.settings import Settings
from infra.spark import spark_session
from spark_jobs.landing import written
from spark_jobs.landing.ledger import Ledger, new_keys, open_ledger
from spark_jobs.landing.preflight import KINDS, SourceFile, find_files, inspect
from spark_jobs.landing.write import Counts, KindRun, write_kind, write_rejected
from warehouse.schemas import raw


@dataclass(frozen=True)
class LandedFile:
    """What became of one file.

    Attributes:
        landing_id: the landing that brought it: this one, or an earlier one when `is_new` is false.
        notes: what a reader of the file should know, as in raw.landings.
    """

    name: str
    kind: str
    landing_id: int
    is_new: bool
    counts: Counts = field(default_factory=Counts)
    notes: str = ""


def land(
    settings: Settings,
    folder: Path,
    *,
    today: date | None = None,
    replace_days: bool = False,
    max_reject_share: float | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[LandedFile]:
    """Land every articles*, customers* and transactions*.csv[.gz] of a folder as one landing.

    Args:
        folder: holds the files; a file whose sha256 was landed before is skipped.
        today: rows later than this day are rejected; the present day (UTC) where not given.
        replace_days: let transactions files replace days that an earlier landing brought.
        max_reject_share: stop when more than this share of a file's rows cannot be used; the setting where not given.
        progress: gets one line per file with rows and seconds.

    Raises:
        LandingError: one sentence that names the file and the remedy; what was landed before is still there.
    """
    files = look_through(folder, progress)
    ledger = open_ledger(settings)
    landed_before = ledger.hashes()
    new = {n: file for n, file in enumerate(files) if file.sha256 not in landed_before}
    skipped = [LandedFile(f.name, f.kind, landed_before[f.sha256], False) for f in files if f.sha256 in landed_before]
    for file in skipped:
        progress(f"{file.name}: unchanged since landing {file.landing_id}, skipped")
    if not new:
        progress("nothing new to land")
        return skipped
    share = settings.max_reject_share if max_reject_share is None else max_reject_share
    return skipped + Landing(settings, ledger, today or datetime.now(UTC).date(), replace_days, share, progress).run(new)


def look_through(folder: Path, progress: Callable[[str], None]) -> list[SourceFile]:
    """The files of a folder, each read once for what Spark need not find out."""
    started = time.monotonic()
    files = [inspect(kind, path) for kind, path in find_files(Path(folder))]
    size = sum(file.plain_bytes for file in files)
    progress(f"{len(files)} files looked through, {size / 1e6:,.1f} MB as plain CSV, {time.monotonic() - started:.1f} s")
    return files


@dataclass
class Landing:
    """The making of one landing."""

    settings: Settings
    ledger: Ledger
    today: date
    replace_days: bool
    max_reject_share: float
    progress: Callable[[str], None]
    folders: dict[str, str] = field(default_factory=dict)

    def run(self, files: dict[int, SourceFile]) -> list[LandedFile]:
        """Write, check, then commit."""
        runs = [self.write(kind, {n: f for n, f in files.items() if f.kind == kind}) for kind in KINDS]
        runs = [run for run in runs if run]
        self.write_rejected(runs)
        self.write_days()
        self.write_keys()
        landed = [landed_file(run, n, self.ledger.landing_id) for run in runs for n in run.files]
        self.ledger.commit(landings_table(runs, landed))
        return landed

    def write(self, kind: str, files: dict[int, SourceFile]) -> KindRun | None:
        if not files:
            return None
        started = time.monotonic()
        from spark_jobs.landing import frames

        records = frames.read_files(spark_session(self.settings), files)
        self.folders[kind] = self.ledger.folder(KINDS[kind])
        run = write_kind(kind, files, records, self.today, self.folders[kind])
        for n, counts in run.counts.items():
            self.progress(
                f"{files[n].name}: {counts.n_read:,} rows read, {counts.n_landed:,} landed, "
                f"{counts.n_rejected:,} rejected, {time.monotonic() - started:.1f} s"
            )
        self.ledger.add(KINDS[kind], self.folders[kind])
        return run

    def write_rejected(self, runs: list[KindRun]) -> None:
        faulty = [run for run in runs if run.reasons]
        if faulty:
            folder = self.ledger.folder(raw.REJECTED_ROWS)
            write_rejected(faulty, folder)
            self.ledger.add(raw.REJECTED_ROWS, folder)

    def write_days(self) -> None:
        if "transactions" in self.folders:
            self.ledger.write(raw.LANDED_DAYS, written.rows_per_day(self.folders["transactions"]))

    def write_keys(self) -> None:
        for table, kind in ((raw.CUSTOMER_KEYS, "customers"), (raw.ARTICLE_KEYS, "articles")):
            id_name = table.columns[0].name
            folders = [self.folders[k] for k in (kind, "transactions") if k in self.folders]
            seen = pa.chunked_array([written.distinct(folder, id_name) for folder in folders], pa.string())
            keys = new_keys(self.ledger.ids(table), seen, table)
            if keys.num_rows:
                self.ledger.write(table, keys)


def landed_file(run: KindRun, n: int, landing_id: int) -> LandedFile:
    return LandedFile(run.files[n].name, run.kind, landing_id, True, run.counts[n])


def landings_table(runs: list[KindRun], landed: list[LandedFile]) -> pa.Table:
    """The rows of raw.landings."""
    files = [file for run in runs for file in run.files.values()]
    now = datetime.now(UTC)
    return pa.Table.from_pylist(
        [
            {
                "file_name": done.name,
                "file_kind": done.kind,
                "sha256": file.sha256,
                "file_bytes": file.file_bytes,
                "rows_read": done.counts.n_read,
                "rows_landed": done.counts.n_landed,
                "rows_rejected": done.counts.n_rejected,
                "rows_repaired": done.counts.n_repaired,
                "first_day": done.counts.first_day,
                "last_day": done.counts.last_day,
                "notes": done.notes,
                "landed_at": now,
            }
            for file, done in zip(files, landed, strict=True)
        ],
        schema=raw.LANDINGS.arrow_schema,
    )
