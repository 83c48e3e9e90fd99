"""What a piece found on a log, as a JSON file: its rows, and what one must know to read them."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from infra.settings import REPO
from warehouse.stamps import code_stamp

Row = dict[str, object]
PACKAGES = ("pyspark", "dbt-core", "pyarrow", "numpy", "lightgbm", "implicit", "faiss-cpu")


@dataclass(frozen=True)
class Found:
    """What a piece measured in one run.

    Attributes:
        title: heading.
        order: who ran after whom.
        rows: one per line of the table, columns by name; rows need not have the same ones.
        notes: what a reader should know of the figures.
        versions: of the peers' packages.
    """

    title: str
    order: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)


def machine() -> dict[str, object]:
    """What the figures depend on."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_1m": round(os.getloadavg()[0], 1),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def versions() -> dict[str, str]:
    """Of Python and of the packages that do the product's work."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def code_of(folders: Iterable[str]) -> str:
    """Hash of the code that a piece measures, and of the piece."""
    return code_stamp(REPO / folder for folder in folders)


def stands(file: Path, marker: str, code: str) -> bool:
    """Whether a piece was measured already on this log with this code."""
    try:
        entry = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return entry["log"]["marker"] == marker and entry["code"] == code


def write(file: Path, piece: str, log: Row, code: str, found: Found, before: Row) -> None:
    """Write a piece's record; it appears whole or not at all.

    Args:
        before: `machine()` when the piece began.
    """
    entry = {
        "piece": piece,
        "log": log,
        "code": code,
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": before | {"load_1m_at_end": machine()["load_1m"]},
        "settings": {name: value for name, value in sorted(os.environ.items()) if name.startswith("HM_SPARK_")},
        **asdict(found),
        "versions": versions() | found.versions,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(entry, indent=1))
    fresh.replace(file)
