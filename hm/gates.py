"""What may not go on: a log of another kind into a warehouse, a run that fails a gate to the readers."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from infra.errors import UserError
from infra.settings import Settings
from warehouse import landings
from warehouse.hive.catalogue import Catalogue
from warehouse.lookalike.files import read_marker

if TYPE_CHECKING:
    from warehouse.serving.runs import PublishedRun


def require_files(folder: Path, settled_s: float = 0) -> list[Path]:
    """All three kinds of CSV file must be in the folder, and nobody may still be writing them.

    Args:
        settled_s: seconds for which no file may have changed: one that is being copied ends at any row.

    Raises:
        UserError: a kind is missing, or a file has just changed.
    """
    from spark_jobs.landing.preflight import KINDS, find_files

    found = find_files(folder)
    if missing := [kind for kind in KINDS if kind not in dict(found)]:
        raise UserError(f"{folder} holds no {' and no '.join(missing)} file yet.")
    fresh = [path.name for _, path in found if time.time() - path.stat().st_mtime < settled_s]
    if fresh:
        raise UserError(f"{folder}/{fresh[0]} changed less than {settled_s:g} s ago; it may still be being copied.")
    return [path for _, path in found]


def served_run(settings: Settings) -> "PublishedRun | None":
    """The run that readers see; None before the first publication."""
    from warehouse.serving.runs import runs, served
    from warehouse.serving.store import open_store

    with open_store(settings) as client:
        return served(runs(client))


def missing_run(settings: Settings, run: int | None) -> list[str]:
    """Why a run that was published has to be published again: its rows are not in the store any more."""
    from warehouse.serving.runs import runs
    from warehouse.serving.store import open_store

    with open_store(settings) as client:
        return [] if any(found.run == run for found in runs(client)) else ["result is gone"]


def require_one_origin(catalogue: Catalogue, folder: Path) -> None:
    """Synthetic customers and real ones do not go into one warehouse: nothing could tell their figures apart again.

    Raises:
        UserError: naming both, and what to do.
    """
    if not landings.landings(catalogue) or not folder.is_dir():
        return
    synthetic = landings.is_synthetic(catalogue)
    if (read_marker(folder) is not None) != synthetic:
        here = "a synthetic look-alike" if synthetic else "a log that is not synthetic"
        raise UserError(
            f"{catalogue.settings.root} holds {here} and {folder} is of the other kind; "
            f"name another state folder (HM_HOME=FOLDER), or remove {catalogue.settings.root} first."
        )
