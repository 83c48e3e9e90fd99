"""The whole chain on a sixteenth, a quarter and all of the customers: does time grow no faster than the data?"""

import re

from tests.bench.cut import customers, part
from tests.bench.log import Log
from tests.bench.pieces.state import catalogue, run_chain
from tests.bench.record import Found, Row
from warehouse.landings import landings

DEPENDS = ("hm", "infra", "warehouse", "spark_jobs", "models", "dbt_project", "tests/bench/cut.py")
SHARES = (16, 4, 1)
_DONE = re.compile(r"^(\w[^:]*): done in ([\d.]+) s, peak memory ([\d,]+) MiB$", re.MULTILINE)


def measured(log: Log) -> Found:
    """`hm run` on each share in an empty state folder, smallest first."""
    found = {one_in: chain(log, one_in) for one_in in SHARES}
    rows = [*(_row(step, found) for step in dict.fromkeys(step for run in found.values() for step in run))]
    return Found("Growth", "hm run on 1/16, then 1/4, then all customers", rows, notes(rows))


def chain(log: Log, one_in: int) -> dict[str, Row]:
    """Step -> seconds and peak of `hm run` on one customer in so many; `rows` and `all` beside them."""
    keep = customers(one_in)
    kept = {"articles": None, "customers": keep, "transactions": keep}
    folder = log.folder if one_in == 1 else part(log, log.own_work / f"share-{one_in}", kept)
    home = log.own_work / f"home-share-{one_in}"
    took = run_chain(log, home, folder)
    n_rows = sum(file.rows_landed for file in landings(catalogue(home)) if file.file_kind == "transactions")
    steps = by_step((log.logs / f"run-{home.name}.log").read_text())
    return {"purchases": {"seconds": n_rows}, **steps, "all": {"seconds": took.seconds, "peak": took.peak_mib}}


def by_step(*calls: str) -> dict[str, Row]:
    """Step -> its seconds and peak MiB by the progress of `hm run`; models of several dates are one step.

    Args:
        calls: what each call said that went on where the one before was stopped; of what two of them did, the longest counts
            (the other one found it done).
    """
    done: dict[str, tuple[float, float]] = {}
    for name, seconds, peak in _DONE.findall("\n".join(calls)):
        done[name] = max(done.get(name, (0.0, 0.0)), (float(seconds), float(peak.replace(",", ""))))
    found: dict[str, Row] = {}
    for name, (seconds, peak) in done.items():
        before = found.setdefault(name.split()[0], {"seconds": 0.0, "peak": 0.0})
        before["seconds"], before["peak"] = before["seconds"] + seconds, max(before["peak"], peak)
    return found


def _row(step: str, found: dict[int, dict[str, Row]]) -> Row:
    row: Row = {"step": step}
    for one_in, run in found.items():
        name, took = "all" if one_in == 1 else f"1/{one_in}", run.get(step, {})
        row[f"{name}: s"] = round(took["seconds"], 1) if took else None
        if step != "purchases":
            row[f"{name}: peak MiB"] = round(took["peak"]) if took else None
    small, large = row[f"1/{max(SHARES)}: s"], row["all: s"]
    return row | {f"all against 1/{max(SHARES)}": round(large / small, 1) if small and large else None}


def notes(rows: list[Row]) -> list[str]:
    """How to read the growth."""
    return [
        "The row of purchases has their number in place of seconds: "
        f"{rows[0][f'all against 1/{max(SHARES)}']} times as many. "
        "A step below that factor grows slower than the data. All articles stay in every share; customers "
        "are drawn by a hash "
        "of their id.",
    ]
