"""The three CSV files: written aside, renamed when all are whole; LOOKALIKE.json comes last and vouches for them."""

import csv
import gzip
import io
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psutil
import pyarrow as pa
from pyarrow import csv as arrow_csv

from warehouse.lookalike.scales import LookalikeError

NAMES = ("articles", "customers", "transactions_train")
MARKER = "LOOKALIKE.json"
README = "README.txt"
_PLAIN = arrow_csv.WriteOptions(include_header=False, quoting_style="none")


def read_marker(folder: Path) -> dict | None:
    """What LOOKALIKE.json says of the look-alike in a folder; None where there is no whole one."""
    try:
        return json.loads((folder / MARKER).read_text())
    except (OSError, ValueError):
        return None


def check_free(folder: Path) -> None:
    """Raise LookalikeError if the folder holds CSVs that are not a look-alike: they may be somebody's real log."""
    if (folder / README).is_file() and "SYNTHETIC" in (folder / README).read_text():
        return
    for name in NAMES:
        for suffix in (".csv", ".csv.gz"):
            if (folder / (name + suffix)).exists():
                raise LookalikeError(f"{folder} holds {name}{suffix}, not written by the look-alike: choose another folder.")


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder to write into; its files replace those of `folder` if the block ends well, and vanish if not."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    stage = folder / f".writing-{os.getpid()}"
    stage.mkdir(exist_ok=True)
    try:
        yield stage
        (folder / MARKER).unlink(missing_ok=True)
        for name in NAMES:
            for suffix in (".csv", ".csv.gz"):
                (folder / (name + suffix)).unlink(missing_ok=True)
        # The README before the files (check_free believes it), the marker after them.
        for path in sorted(stage.iterdir(), key=lambda p: (p.name == MARKER, p.name != README)):
            os.replace(path, folder / path.name)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed runs left."""
    for left in folder.glob(".writing-*"):
        if not psutil.pid_exists(int(left.name.rpartition("-")[2])):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def opened(stage: Path, name: str, compress: bool) -> Iterator[tuple[Path, BinaryIO]]:
    """A CSV file of the stage, plain or gzipped (without a time in its header)."""
    path = stage / f"{name}.csv{'.gz' if compress else ''}"
    with open(path, "wb") as raw:
        if not compress:
            yield path, raw
            return
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as zipped:
            yield path, zipped


def write_quoted(file: BinaryIO, header: Sequence[str], rows: list[list[str]]) -> None:
    """Write rows that may hold commas, quotes and line breaks."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    text.flush()
    text.detach()


def write_header(file: BinaryIO, header: Sequence[str]) -> None:
    """Write the header line."""
    file.write((",".join(header) + "\n").encode())


def write_plain(file: BinaryIO, table: pa.Table) -> None:
    """Append rows that need no quotes."""
    arrow_csv.write_csv(table, file, write_options=_PLAIN)
