"""What has landed, asked without Spark: the span of days, and which landings an as-of date can see."""

from dataclasses import dataclass
from datetime import date

from warehouse.calendar import LandedSpan
from warehouse.hive.catalogue import Catalogue, MissingDataError

SYNTHETIC = "synthetic look-alike"
"""First note of a landed file that `hm generate` wrote: no figure on it says anything of a real shop."""


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


def landings(catalogue: Catalogue) -> list[Landing]:
    """Every landed file, oldest landing first; `[]` before the first landing."""
    found = []
    for values in catalogue.partitions("raw.landings"):
        rows = catalogue.read("raw.landings", landing_id=values["landing_id"]).to_pylist()
        names = [f for f in Landing.__dataclass_fields__ if f != "landing_id"]
        found += [Landing(int(values["landing_id"]), *(row[n] for n in names)) for row in rows]
    return sorted(found, key=lambda landing: (landing.landing_id, landing.file_kind, landing.file_name))


def is_synthetic(catalogue: Catalogue) -> bool:
    """Whether what has landed is a look-alike, so that every figure is labelled so."""
    return any(file.is_synthetic for file in landings(catalogue))


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
    """Identity of all that a feature as of `day` can depend on: snapshots, and purchases that begin before the day."""
    return [f"{x.landing_id}:{x.sha256}" for x in landings(catalogue) if x.first_day is None or x.first_day < day]
