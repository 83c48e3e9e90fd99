"""Scoring: rows per second of LightGBM's predict against lleaves' compiled form, on a real run's models and feature rows."""

import json
from pathlib import Path

import numpy as np

from infra.settings import get_settings
from tests.bench import measure
from tests.bench.log import Log
from tests.bench.pieces.state import env_of, finished_home
from tests.bench.record import Found, Row

DEPENDS = ("models/ranking", "tests/bench/contestants/feature_rows.py", "tests/bench/contestants/predict.py")
KINDS = ("lightgbm", "lleaves")
ROWS = 2_000_000


def measured(log: Log) -> Found:
    """Every model of the newest run, by both, in turn."""
    home, day = finished_home(log)
    out = log.fresh("ranker")
    command = measure.product("tests.bench.contestants.feature_rows", day, ROWS, out)
    made = json.loads(measure.run(command, log.logs / "ranker-rows.log", env_of(home)).said)
    rows = [row for model in made["models"] for row in both(log, out, model)]
    order = "for each model LightGBM, then lleaves"
    return Found("Scoring: LightGBM against lleaves", order, rows, notes(made), peers_versions())


def both(log: Log, out: Path, model: str) -> list[Row]:
    """One model by both; how far apart their scores are."""
    took = {kind: predicted(log, out, model, kind) for kind in KINDS}
    one, other = (np.load(out / f"{model}-{kind}.npy") for kind in KINDS)
    rows = [{"model": model, "by": kind, **took[kind]} for kind in KINDS]
    rows[1]["LightGBM's time / this"] = round(took["lightgbm"]["seconds"] / max(took["lleaves"]["seconds"], 1e-3), 2)
    rows[1]["largest difference"] = float(np.abs(one - other).max())
    return rows


def predicted(log: Log, out: Path, model: str, kind: str) -> Row:
    """One model by one of them."""
    threads = get_settings().n_threads
    command = measure.peer("predict.py", kind, out / f"{model}.txt", out / "rows.npy", out / f"{model}-{kind}.npy", threads)
    took = measure.run(command, log.logs / f"ranker-{model}-{kind}.log")
    inside = json.loads(took.said)
    return {
        "load or compile s": round(inside["ready"], 2),
        "seconds": round(inside["seconds"], 2),
        "rows per s": round(inside["rows"] / inside["seconds"]),
        "CPU seconds": round(took.cpu_s, 1),
        "peak MiB": round(took.peak_mib),
    }


def peers_versions() -> dict[str, str]:
    """Of what scored."""
    code = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('lightgbm', 'lleaves')}))"
    import subprocess

    return json.loads(subprocess.run([str(measure.BENCH_PYTHON), "-c", code], capture_output=True, check=True).stdout)


def notes(made: dict) -> list[str]:
    """What was scored."""
    return [
        f"Run {made['run']}: {made['rows']:,} candidates of its last label week, {made['features']} features, "
        f"{get_settings().n_threads} threads, 100,000 rows at a time. Compiling is paid once per model and date.",
    ]
