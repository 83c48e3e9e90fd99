"""Rows on disk before they are in the store: append-only JSON lines, a file after another, per table.

What `append` has returned from survives a kill: it is in the system's hands. A power cut may cost the rows of the last
`sync_s` seconds (0: none, every append waits for the disk). A file is removed once the store has it; a kill between the two
sends it again, which changes nothing, as every row has an id.
"""

import json
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.errors import UserError

_NAME = "{table}-{number:010d}.jsonl"


class SpoolFullError(UserError):
    """The store has been away for so long that the spool is as large as it may become."""


class Spool:
    """The files of one table.

    Args:
        folder: shared by the spools of all tables; of one process only.
        table: the store's table.
        max_bytes: of all files; what does not fit is refused.
        sync_s: seconds for which rows may be in the system's hands only.
    """

    def __init__(self, folder: Path, table: str, *, max_bytes: int, sync_s: float = 1.0):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.table = folder, table
        self._max_bytes, self._sync_s = max_bytes, sync_s
        self._guard = threading.Lock()
        self._file: int | None = None
        self._path = self._next()
        self._size, self._synced_at, self._is_synced = 0, time.monotonic(), True
        self._waiting = sum(path.stat().st_size for path in self.closed())

    def append(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows down; they are sent to the store from here, once.

        Raises:
            SpoolFullError: there is no room; nothing was written.
        """
        text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows).encode()
        with self._guard:
            if self._waiting + self._size + len(text) > self._max_bytes:
                raise SpoolFullError(
                    f"The spool {self.folder} holds {self._max_bytes >> 20} MB that ClickHouse has not taken; "
                    "bring the store back, or raise HM_SPOOL_MAX_MB."
                )
            self._write(text)
            if not self._sync_s:
                os.fsync(self._file)
                self._is_synced = True

    def _write(self, text: bytes) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.write(self._file, text) != len(text):
                raise SpoolFullError(f"The disk of the spool {self.folder} is full; make room.")
        except (OSError, SpoolFullError) as error:
            os.ftruncate(self._file, self._size)  # a line is there whole or not at all
            raise SpoolFullError(f"The spool {self.folder} takes no rows ({error}); make room on its disk.") from error
        self._size += len(text)
        self._is_synced = False

    def sync(self) -> None:
        """Ask for the disk, where rows have waited for that for `sync_s`."""
        with self._guard:
            if not self._is_synced and time.monotonic() - self._synced_at >= self._sync_s:
                os.fsync(self._file)
                self._is_synced, self._synced_at = True, time.monotonic()

    def rotate(self) -> None:
        """End the present file, where it has rows, so that it can be sent."""
        with self._guard:
            if self._file is None:
                return
            os.fsync(self._file)
            os.close(self._file)
            self._file, self._is_synced = None, True
            self._waiting += self._size
            self._size, self._path = 0, self._next()

    def closed(self) -> list[Path]:
        """Files that wait to be sent, oldest first."""
        return sorted(path for path in self.folder.glob(f"{self.table}-*.jsonl") if path != getattr(self, "_path", None))

    def sent(self, path: Path) -> None:
        """The store has the rows of a file: it goes."""
        size = path.stat().st_size
        path.unlink()
        with self._guard:
            self._waiting -= size

    @property
    def waiting_bytes(self) -> int:
        """Size of all that the store has not taken yet."""
        return self._waiting + self._size

    @property
    def oldest_s(self) -> float:
        """Age of the oldest file in seconds; 0 where none waits."""
        files = [*self.closed(), self._path]
        ages = [time.time() - path.stat().st_mtime for path in files if path.is_file()]
        return max(ages, default=0.0)

    def _next(self) -> Path:
        numbers = [int(path.stem.rpartition("-")[2]) for path in self.folder.glob(f"{self.table}-*.jsonl")]
        return self.folder / _NAME.format(table=self.table, number=max(numbers, default=0) + 1)


def whole_lines(path: Path) -> bytes:
    """The lines of a file that are JSON. One that is not was cut off by a power cut, and nobody was told that it is kept."""
    lines = path.read_bytes().split(b"\n")
    return b"".join(line + b"\n" for line in lines if _is_row(line))


def _is_row(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
