"""Whole systems on the same files, the same week, the same metric by the product's own evaluator."""

import json
from datetime import date, timedelta
from pathlib import Path

from infra.settings import get_settings
from tests.bench import measure
from tests.bench.log import Log
from tests.bench.pieces.state import as_of_date, env_of, hm, limits, run_chain
from tests.bench.record import Found, Row

DEPENDS = ("models", "hm", "dbt_project", "spark_jobs", "tests/bench/contestants")
SEED = 7
MOST_MIB = 16 * 1024
"""A peer that takes more is ended and said not to carry the size: the product's own bound."""
PEERS = {
    "DuckDB: own history, pairs, popular at the age": ("peer_duck.py", measure.BENCH_PYTHON),
    "implicit: ALS alone, then popular": ("peer_implicit.py", measure.BENCH_PYTHON),
    "polars + LightGBM, two stages": ("peer_polars.py", measure.BENCH_PYTHON),
    "RecTools: CandidateRankingModel": ("peer_rectools.py", measure.RECTOOLS_PYTHON),
}


def measured(log: Log) -> Found:
    """The product's whole chain first, then each peer; all lists judged together at the end."""
    home = log.own_work / "home-peers"
    chain = run_chain(log, home)
    week = as_of_date(home) - timedelta(days=7)
    rows: list[Row] = [
        {"system": "this project: hm run, files to published lists", **product_quality(log, home), **chain.figures}
    ]
    ended, versions = {}, {}
    for name, (script, python) in PEERS.items():
        try:
            ended[name], said = peer(log, week, script, python)
            versions |= said
        except measure.ContestantError as error:
            why = "out of memory" if isinstance(error, measure.TooLargeError) else "an error"
            rows.append({"system": name, "note": f"did not finish: {why}"})
    judged = judge(log, home, week, [str(out_of(log, PEERS[name][0])) for name in ended])
    rows += [{"system": name, **judged[str(out_of(log, PEERS[name][0]))], **took.figures} for name, took in ended.items()]
    order = ", then ".join(["hm run", *PEERS])
    return Found("Peers: whole systems", order, rows, notes(week), versions)


def out_of(log: Log, script: str) -> Path:
    """Where a peer writes its lists."""
    return log.own_work / f"{Path(script).stem}.parquet"


def peer(log: Log, week: date, script: str, python: Path) -> tuple[measure.Measured, dict[str, str]]:
    """One peer on what was known before the week, with the versions it tells."""
    out = out_of(log, script)
    out.unlink(missing_ok=True)
    files = {kind: str(path) for kind, path in log.files.items()}
    task = log.own_work / f"{Path(script).stem}.json"
    task.write_text(json.dumps({**files, "as_of": str(week), "out": str(out), "seed": SEED, **limits()}))
    took = measure.run(measure.peer(script, task, python=python), log.logs / f"{Path(script).stem}.log", most_mib=MOST_MIB)
    return took, json.loads(took.said.splitlines()[-1])


def product_quality(log: Log, home: Path) -> Row:
    """The product's figures on the week, by its own evaluation."""
    report = json.loads(hm(log, home, "peers-evaluate", "evaluate", "--json").said)
    full = next(row for row in report["rows"] if row["system"] == "full system" and row["week"] != "pooled")
    return {"MAP@12": round(full["map_at_12"], 5), "recall@12": round(full["recall_at_12"], 5)}


def judge(log: Log, home: Path, week: date, files: list[str]) -> dict[str, Row]:
    """MAP@12 and recall of the peers' lists on the buyers of the week."""
    command = measure.product("tests.bench.contestants.judge", week, *files)
    found = json.loads(measure.run(command, log.logs / "peers-judge.log", env_of(home)).said)["found"]
    return {
        file: {"MAP@12": round(m["map_at_12"], 5), "recall@12": round(m["recall_at_12"], 5)} for file, m in found.items()
    }


def notes(week: date) -> list[str]:
    """What the systems had to do."""
    return [
        f"Judged on the buyers of the week from {week} on, which no system has seen; truth: the set of "
        "articles bought. Each "
        "reads the three CSV files and ends with 12 articles for every customer; the project's seconds also "
        "hold landing with "
        "its checks, the features of ten dates, an evaluation of all its baselines, a second model for the newest date, "
        "reasons, gates and publication.",
        f"{get_settings().n_threads} threads each; a peer that takes more than {MOST_MIB // 1024} GiB is ended.",
    ]
