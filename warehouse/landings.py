"""What has landed, asked without Spark: the span of days, and which landings an as-of date can see."""

from dataclasses import dataclass
from datetime import date

from warehouse.calendar import LandedSpan
from warehouse.forgetting.registry import identity
from warehouse.hive.catalogue import Catalogue, MissingDataError

SYNTHETIC = "synthetic look-alike"
"""First note of a landed file that `hm generate` wrote, before its version: no figure on it says anything of a real shop."""


@dataclass(frozen=True)
class Landing:
    """One landed file."""

    landing_id: int
    file_name: str
    file_kind: str
    sha256: str
    rows_landed: int
    first_day: date | None
    last_day: date | None
    notes: str

    @property
    def is_synthetic(self) -> bool:
        return self.notes.startswith(SYNTHETIC)

    @property
    def look_alike(self) -> str:
        """Version of the look-alike the file is of, "1" where the note names none; empty for a real file."""
        note = self.notes.partition(";")[0].removeprefix(SYNTHETIC)
        return (note.removeprefix(" v") or "1") if self.is_synthetic else ""


def landings(catalogue: Catalogue) -> list[Landing]:
    """Every landed file, oldest landing first; `[]` before the first landing."""
    found = []
    for values in catalogue.partitions("raw.landings"):
        rows = catalogue.read("raw.landings", landing_id=values["landing_id"]).to_pylist()
        names = [f for f in Landing.__dataclass_fields__ if f != "landing_id"]
        found += [Landing(int(values["landing_id"]), *(row[n] for n in names)) for row in rows]
    return sorted(found, key=lambda landing: (landing.landing_id, landing.file_kind, landing.file_name))


def is_synthetic(catalogue: Catalogue) -> bool:
    """Whether what has landed is a look-alike."""
    return bool(look_alike(catalogue))


def look_alike(catalogue: Catalogue) -> str:
    """Version of the look-alike that has landed, so that every figure is labelled with it; empty for a real log."""
    return versions(landings(catalogue))


def versions(files: list[Landing]) -> str:
    """Versions of look-alike among landed files; empty where none is of one."""
    return ", ".join(sorted({file.look_alike for file in files if file.is_synthetic}))


def landed_span(catalogue: Catalogue) -> LandedSpan:
    """First and last landed day of purchase.

    Raises:
        MissingDataError: no transactions have landed.
    """
    files = [x for x in landings(catalogue) if x.file_kind == "transactions" and x.first_day]
    if not files:
        raise MissingDataError("No transactions have landed yet; run `hm land FOLDER` with the folder of your CSV files.")
    return LandedSpan(min(x.first_day for x in files), max(x.last_day for x in files))


def seen_before(catalogue: Catalogue, day: date) -> list[str]:
    """Identity of all that a feature as of `day` can depend on: snapshots, purchases that begin before the day, and who of
    them was forgotten since."""
    seen = [f"{x.landing_id}:{x.sha256}" for x in landings(catalogue) if x.first_day is None or x.first_day < day]
    return [*seen, *identity(catalogue)]
