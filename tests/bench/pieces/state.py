"""State folders of the product that several pieces need, made by its own commands."""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from infra.settings import get_settings
from tests.bench import measure
from tests.bench.log import Log, home_settings
from warehouse.hive.catalogue import Catalogue
from warehouse.landings import landed_span

LANDED = "landed"
"""File in a state folder that says that its log has landed to the end."""
FINISHED = "finished"
"""File in a state folder that says that the whole chain has run."""
RUN_HOMES = ("home-share-1", "home-peers", "home-chain")
"""State folders in which the pieces `growth`, `peers` and `chain` run the whole chain on the whole log."""


def env_of(home: Path) -> dict[str, str]:
    """The variables that bring a product's process to a state folder."""
    return {"HM_HOME": str(home), "HM_ENV": "embedded"}


def hm(log: Log, home: Path, name: str, *args: object) -> measure.Measured:
    """Run an `hm` command on a state folder of the bench, measured."""
    return measure.run(measure.product("hm.cli", *args), log.logs / f"{name}.log", env_of(home))


def land_anew(log: Log) -> tuple[Path, measure.Measured]:
    """Land the log in an empty state folder, which the other pieces go on with."""
    home = log.own_work / "home"
    shutil.rmtree(home, ignore_errors=True)
    took = hm(log, home, "land", "land", log.folder)
    (home / LANDED).touch()
    return home, took


def landed_home(log: Log) -> tuple[Path, date]:
    """The state folder where the log has landed, and its default as-of date; landed once, for all pieces."""
    home = log.own_work / "home"
    if not (home / LANDED).exists():
        land_anew(log)
    return home, as_of_date(home)


def built_home(log: Log) -> tuple[Path, date]:
    """The same with the features of the default date; built where an earlier piece has not done so."""
    home, day = landed_home(log)
    if day not in catalogue(home).as_of_dates("marts.customer_features"):
        command = measure.product("tests.bench.contestants.hm_marts", day, "first")
        measure.run(command, log.logs / "build.log", env_of(home))
    return home, day


def finished_home(log: Log) -> tuple[Path, date]:
    """A state folder where the whole chain has run, and its as-of date: one that a piece has left, or made now."""
    homes = [log.own_work / name for name in RUN_HOMES]
    home = next((home for home in homes if (home / FINISHED).exists()), homes[0])
    if not (home / FINISHED).exists():
        run_chain(log, home)
    return home, as_of_date(home)


def run_chain(log: Log, home: Path, folder: Path | None = None) -> measure.Measured:
    """`hm run` in an empty state folder, to its end."""
    shutil.rmtree(home, ignore_errors=True)
    took = hm(log, home, f"run-{home.name}", "run", folder or log.folder, "--force")
    (home / FINISHED).touch()
    return took


def as_of_date(home: Path) -> date:
    """The day after the last landed day."""
    return landed_span(catalogue(home)).as_of_date


def catalogue(home: Path) -> Catalogue:
    """The tables of a state folder."""
    return Catalogue(home_settings(home))


def limits() -> dict[str, object]:
    """Threads and memory of DuckDB: what Spark's driver may have."""
    settings = get_settings()
    return {"threads": settings.n_threads, "memory": settings.spark_driver_memory.lower().rstrip("b") + "b"}


def fingerprints(
    log: Log,
    name: str,
    tables: Mapping[str, Sequence[Sequence[str]]],
    columns: Mapping[str, Sequence[str]],
    dims: Sequence[Mapping[str, Sequence[str]]] = (),
) -> dict[str, list[str]]:
    """Table -> fingerprint of its rows on each side, whatever their order (contestants/duck_fingerprint.py).

    Args:
        tables: table -> its Parquet files on either side.
        dims: per side, the files of the customer and the article dim, where keys are to be compared by natural id.
    """
    task = log.fresh(f"fingerprint-{name}") / "task.json"
    task.write_text(json.dumps({"tables": tables, "columns": columns, "dims": dims, **limits()}))
    return json.loads(measure.run(measure.peer("duck_fingerprint.py", task), log.logs / f"fingerprint-{name}.log").said)
