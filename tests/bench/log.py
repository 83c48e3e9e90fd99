"""The log that is measured on: its marker, and a state folder where the product has landed and built it."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.settings import Settings, get_settings

ENDS = 1 << 20
FILES = ("articles", "customers", "transactions")


@dataclass(frozen=True)
class Log:
    """Three CSV files, and where the bench keeps what it makes of them.

    Attributes:
        folder: holds the files.
        work: the bench's folder, for state, outputs and records; nothing else lives there.
    """

    folder: Path
    work: Path

    @cached_property
    def files(self) -> dict[str, Path]:
        """Kind -> its file.

        Raises:
            StopIteration: one is not there.
        """
        return {kind: next(iter(sorted(self.folder.glob(f"{kind}*.csv")))) for kind in FILES}

    @cached_property
    def look_alike(self) -> dict:
        """What `hm generate` wrote beside the files; empty for a real log."""
        file = self.folder / "LOOKALIKE.json"
        return json.loads(file.read_text()) if file.exists() else {}

    @cached_property
    def marker(self) -> str:
        """Tells logs apart: a hash of each file's name, size and both ends."""
        found = hashlib.sha256()
        for file in self.files.values():
            size = file.stat().st_size
            found.update(f"{file.name} {size}\n".encode())
            with file.open("rb") as stream:
                found.update(stream.read(ENDS))
                stream.seek(max(0, size - ENDS))
                found.update(stream.read())
        return found.hexdigest()[:16]

    @cached_property
    def described(self) -> dict[str, object]:
        """What a record says of the log."""
        made = self.look_alike
        return {
            "label": str(made.get("scale", self.folder.name)),
            "marker": self.marker,
            "rows": made.get("rows") or _lines(self.files["transactions"]),
            "customers": made.get("customers") or _lines(self.files["customers"]),
            "synthetic": made.get("version", ""),
            "seed": made.get("seed", "none"),
        }

    @property
    def own_work(self) -> Path:
        """The folder of this log below the bench's."""
        return self.work / self.marker

    @property
    def logs(self) -> Path:
        """Folder for what contestants say."""
        return self.own_work / "logs"

    @property
    def results(self) -> Path:
        """Folder of this log's records."""
        return self.work / "results" / self.marker

    def fresh(self, name: str) -> Path:
        """An empty folder for a contestant's output."""
        folder = self.own_work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def _lines(file: Path) -> int:
    """Lines after the header, counted fast; a record with a line break in it counts more than once."""
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 24), b"")) - 1


def home_settings(home: Path) -> Settings:
    """The product's settings on a state folder of the bench, as the commands run there see them."""
    os.environ["HM_HOME"], os.environ["HM_ENV"] = str(home), "embedded"
    get_settings.cache_clear()
    return get_settings()
