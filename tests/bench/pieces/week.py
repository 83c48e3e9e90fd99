"""A new week on top of a built history against building everything from nothing; the rows must be the same."""

import shutil
from datetime import date, timedelta
from pathlib import Path

from tests.bench.cut import days, part
from tests.bench.log import Log
from tests.bench.measure import Measured
from tests.bench.pieces.state import as_of_date, catalogue, fingerprints, hm, landed_home
from tests.bench.record import Found, Row

DEPENDS = ("dbt_project", "spark_jobs", "warehouse/hive", "warehouse/schemas", "infra/spark.py", "tests/bench/cut.py")
WEEK = timedelta(days=7)
Steps = dict[str, Measured]


def measured(log: Log) -> Found:
    """The history landed and built, the week's file landed on top and its date built; then all at once, from nothing."""
    last = as_of_date(landed_home(log)[0])
    whole = {"articles": None, "customers": None}
    history = part(log, log.own_work / "history", whole | {"transactions": days(None, last - WEEK)})
    week = part(log, log.own_work / "new-week", {"transactions": days(last - WEEK, last)})
    grown, anew = (fresh_home(log, name) for name in ("home-grown", "home-anew"))
    steps(log, grown, "history", history)
    added, rebuilt = steps(log, grown, "week", week), steps(log, anew, "anew", log.folder)
    same = rows_equal(log, grown, anew, last)
    rows: list[Row] = [_row(step, added, rebuilt) for step in ("land", "build")]
    rows.append(_sum(rows) | {"rows equal": same})
    order = "the history (not timed), the new week on top of it, then everything from nothing"
    return Found("A new week against a full rebuild", order, rows, notes(last))


def fresh_home(log: Log, name: str) -> Path:
    """An empty state folder."""
    home = log.own_work / name
    shutil.rmtree(home, ignore_errors=True)
    return home


def steps(log: Log, home: Path, name: str, folder: Path) -> Steps:
    """Land a folder, then build the default dates: the as-of date, and the weeks to learn from and to judge on."""
    landed = hm(log, home, f"{name}-land", "land", folder)
    return {"land": landed, "build": hm(log, home, f"{name}-build", "build")}


def _row(step: str, added: Steps, rebuilt: Steps) -> Row:
    one, all_ = added[step], rebuilt[step]
    return _ratio({"step": step, "new week s": round(one.seconds, 1), "all s": round(all_.seconds, 1)}) | {
        "new week CPU s": round(one.cpu_s, 1),
        "all CPU s": round(all_.cpu_s, 1),
        "new week peak MiB": round(one.peak_mib),
        "all peak MiB": round(all_.peak_mib),
    }


def _sum(rows: list[Row]) -> Row:
    names = ("new week s", "all s", "new week CPU s", "all CPU s")
    total = {name: round(sum(row[name] for row in rows), 1) for name in names}
    return _ratio({"step": "both", **total})


def _ratio(row: Row) -> Row:
    return row | {"new week / all": round(row["new week s"] / row["all s"], 3)}


def rows_equal(log: Log, grown: Path, anew: Path, day: date) -> bool | str:
    """Whether all tables by day, and all marts of all dates that both have, hold the same rows by natural id."""
    one, other = catalogue(grown), catalogue(anew)
    tables = [name for name in other.tables() if name.startswith(("marts.", "intermediate."))]
    sides = {
        name: [_files(found, name, other.as_of_dates(name) if _is_dated(other, name) else None) for found in (one, other)]
        for name in tables
    }
    columns = {name: sorted(other.tables()[name]["columns"]) for name in tables}
    dims = [{kind: found.files(f"marts.dim_{kind}s") for kind in ("customer", "article")} for found in (one, other)]
    found = fingerprints(log, "week", sides, columns, dims)
    return not (odd := [name for name, (a, b) in found.items() if a != b]) or f"not {', '.join(odd)}"


def _is_dated(found, name: str) -> bool:
    return "as_of_date" in found.tables()[name]["partitioned_by"]


def _files(found, name: str, dates: list[date] | None) -> list[str]:
    if dates is None:
        return found.files(name)
    return [file for day in dates for file in found.files(name, as_of_date=day)]


def notes(day: date) -> list[str]:
    """What was built."""
    return [
        f"The new week is the last one before {day}: one file of seven days. `hm build` builds the as-of "
        "date, eight weeks to "
        "learn from and one to judge on; with the history built, only the new date is due.",
        "Each command is a process of its own: start of Spark, dbt's parse and the data tests included, "
        "which cost the same for "
        "a week as for all.",
        "Rows equal: count and sum of row hashes of every table by day and every mart of every date, by natural id.",
    ]
