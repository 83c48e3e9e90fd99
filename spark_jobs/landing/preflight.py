"""What can be known of a CSV file without Spark: its bytes are whole, its header is right, its encoding.

A file is read once here, as a stream, in fixed memory; a faulty one costs seconds instead of a Spark job.
"""

import codecs
import csv
import hashlib
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from spark_jobs.landing.errors import InputFileError
from warehouse.lookalike.files import read_marker
from warehouse.schemas import Table, raw

KINDS: dict[str, Table] = {"articles": raw.ARTICLES, "customers": raw.CUSTOMERS, "transactions": raw.TRANSACTIONS}
WINDOWS = "windows-1252"
"""What a text file is that is not UTF-8: the superset of Latin-1 that spreadsheets write."""

_NAME = re.compile(rf"({'|'.join(KINDS)}).*?\.csv(\.gz)?", re.IGNORECASE)
_CHUNK = 1 << 22
_HEADER_LIMIT = 1 << 16


@dataclass(frozen=True)
class SourceFile:
    """One CSV file, looked through.

    Attributes:
        kind: articles, customers or transactions.
        header: column names in the file's order, lower-case; the names of the table plus those nobody asked for.
        encoding: UTF-8, or windows-1252 where the bytes are not UTF-8.
        plain_bytes: size without compression.
        look_alike: version of the look-alike that `hm generate` wrote it for; empty for any other file.
    """

    path: Path
    kind: str
    sha256: str
    file_bytes: int
    plain_bytes: int
    header: tuple[str, ...]
    encoding: str
    look_alike: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def extra_columns(self) -> list[str]:
        return [name for name in self.header if name not in KINDS[self.kind].column_names]


def find_files(folder: Path) -> list[tuple[str, Path]]:
    """(kind, path) of every file of a folder that landing knows, articles first, then by name.

    Raises:
        InputFileError: no such folder, no such file in it, or one file both plain and compressed.
    """
    if not folder.is_dir():
        raise InputFileError(f"{folder} is not a folder; name the one that holds the CSV files.")
    found = [(match[1].lower(), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    if not found:
        raise InputFileError(f"{folder} holds none of articles*.csv, customers*.csv, transactions*.csv (or .csv.gz).")
    stems = [path.name.lower().removesuffix(".gz") for _, path in found]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise InputFileError(f"{folder} holds {twice[0]} plain and as .gz; remove one of them, or its rows count double.")
    return sorted(found, key=lambda file: (list(KINDS).index(file[0]), file[1].name))


def inspect(kind: str, path: Path) -> SourceFile:
    """Read a file through once: hash, wholeness, encoding, header.

    Raises:
        InputFileError: empty, cut short, not comma-separated, a column missing, or no rows.
    """
    digest, utf8 = hashlib.sha256(), _Utf8Check()
    start, plain_bytes = b"", 0
    for chunk in _plain_chunks(path, digest):
        start += chunk[: max(0, _HEADER_LIMIT - len(start))]
        plain_bytes += len(chunk)
        utf8.feed(chunk)
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise InputFileError(f"{path.name} is empty; put the whole file there, or leave it out.")
    encoding = "UTF-8" if kind == "transactions" or utf8.valid() else WINDOWS
    header = _header(path.name, kind, start, encoding)
    if len(start.strip().splitlines()) < 2 and plain_bytes < _HEADER_LIMIT:
        raise InputFileError(f"{path.name} holds a header and no rows; put the whole file there, or leave it out.")
    marker = read_marker(path.parent)
    look_alike = "" if marker is None else str(marker.get("version", "1"))
    return SourceFile(path, kind, digest.hexdigest(), path.stat().st_size, plain_bytes, header, encoding, look_alike)


class _Utf8Check:
    def __init__(self):
        self._decoder, self._valid = codecs.getincrementaldecoder("utf-8")(), True

    def feed(self, chunk: bytes) -> None:
        if self._valid:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._valid = False

    def valid(self) -> bool:
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return self._valid


def _plain_chunks(path: Path, digest):
    unpack = _gunzip(path.name) if path.name.lower().endswith(".gz") else None
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            yield unpack.feed(chunk) if unpack else chunk
    if unpack:
        unpack.close()


class _gunzip:
    """A gzip stream of one or more members, checked to its last byte."""

    def __init__(self, name: str):
        self._name, self._member, self._begun = name, zlib.decompressobj(wbits=31), False

    def feed(self, data: bytes) -> bytes:
        out = []
        try:
            while data:
                out.append(self._member.decompress(data))
                data, self._begun = self._member.unused_data, True
                if self._member.eof:
                    data, self._begun = data.lstrip(b"\0"), False
                    self._member = zlib.decompressobj(wbits=31)
        except zlib.error as error:
            raise InputFileError(f"{self._name} is not a sound gzip file ({error}); fetch it again.") from error
        return b"".join(out)

    def close(self) -> None:
        if self._begun:
            raise InputFileError(f"{self._name} is cut short: its gzip stream has no end; fetch it again.")


def _header(name: str, kind: str, start: bytes, encoding: str) -> tuple[str, ...]:
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise InputFileError(f"{name} is UTF-16; save it as UTF-8.")
    text = start.removeprefix(codecs.BOM_UTF8).decode(encoding, errors="replace")
    line = text.lstrip("\r\n").splitlines()[0]
    columns = tuple(column.strip().lower() for column in next(csv.reader([line])))
    wanted = KINDS[kind].column_names
    missing = [column for column in wanted if column not in columns]
    delimiter = next((mark for mark in (";", "\t", "|") if line.count(mark) >= len(wanted) - 1), None)
    if missing and delimiter:
        raise InputFileError(f"{name} separates its columns by {delimiter!r}; export it again with commas.")
    if missing:
        lacks = f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        raise InputFileError(f"{name} {lacks}; its first line must name {', '.join(wanted)}.")
    twice = [column for column in wanted if columns.count(column) > 1]
    if twice:
        raise InputFileError(f"{name} names the column {twice[0]} twice in its first line; remove one of the two.")
    return columns
