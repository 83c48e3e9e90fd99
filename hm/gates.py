"""What may not go on: a log of another kind into a warehouse, a run that is not judged or worse to the readers."""

from datetime import date
from pathlib import Path

from infra.errors import UserError
from infra.settings import Settings
from warehouse import landings
from warehouse.hive.catalogue import Catalogue
from warehouse.lookalike.files import read_marker


def hold_back(day: date, metrics: dict | None) -> None:
    """The gate before publication: the system must not be worse than the best baseline on the weeks it was judged on.

    Raises:
        UserError: it is worse, or was not judged; the run is kept and the published one stays.
    """
    verdict = (metrics or {}).get("verdict")
    if verdict is None:
        raise UserError(
            f"Not published: no evaluation of what would be published as of {day} stands; run `hm evaluate --as-of {day}`, "
            "or `hm publish --force` to publish unjudged."
        )
    if verdict["difference"] < 0:
        raise UserError(
            f"Not published: MAP@12 of the full system is {verdict['full_system']:.4f}, of {verdict['best_baseline']} "
            f"{verdict['best_baseline_map']:.4f}; the run is kept, `hm publish --force` publishes it all the same."
        )


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
