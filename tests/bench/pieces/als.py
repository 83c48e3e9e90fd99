"""ALS: what an iteration costs; the top 100 of many customers by FAISS and by implicit's own recommend, with recall."""

import json
from pathlib import Path

import numpy as np

from infra.settings import get_settings
from tests.bench import measure
from tests.bench.log import Log
from tests.bench.pieces.state import built_home, env_of
from tests.bench.record import Found, Row

SCRIPTS = ("tests/bench/contestants/factors.py", "tests/bench/contestants/search.py")
DEPENDS = ("models/candidates", "models/interactions.py", *SCRIPTS)
KINDS = ("flat", "ivf-4", "ivf-16", "ivf-64", "hnsw-64", "hnsw-128", "implicit")
"""`flat` first: the others' recall is told against it."""
CUSTOMERS = 200_000


def measured(log: Log) -> Found:
    """Factorise once, then every way of searching the same vectors, each in a process of its own."""
    home, day = built_home(log)
    out, threads = log.fresh("als"), get_settings().n_threads
    command = measure.product("tests.bench.contestants.factors", day, CUSTOMERS, out)
    fit = measure.run(command, log.logs / "als-factors.log", env_of(home))
    learnt = json.loads(fit.said)
    rows: list[Row] = [{"search": kind} | searched(log, out, kind, threads) for kind in KINDS]
    exact = np.load(out / "flat.npy")
    for row in rows:
        row["recall@100"] = round(recall(np.load(out / f"{row['search']}.npy"), exact), 4)
    slowest = next(row["search s"] for row in rows if row["search"] == "implicit")
    for row in rows:
        row["implicit's time / this"] = round(slowest / max(row["search s"], 1e-3), 2)
    order = f"the factors, then {', '.join(KINDS)}"
    return Found("ALS and the search for its top 100", order, rows, notes(learnt, fit, threads))


def searched(log: Log, out: Path, kind: str, threads: int) -> Row:
    """One way of searching."""
    command = measure.product("tests.bench.contestants.search", kind, out, out / f"{kind}.npy", threads)
    took = measure.run(command, log.logs / f"als-{kind}.log", {"OPENBLAS_NUM_THREADS": str(threads)})
    inside = json.loads(took.said)
    row = {"build s": round(inside["build"], 2), "search s": round(inside["search"], 2)}
    return row | {"CPU seconds": round(took.cpu_s, 1), "peak MiB": round(took.peak_mib)}


def recall(found: np.ndarray, exact: np.ndarray) -> float:
    """Share of the exact top 100 that is among those found."""
    width = int(max(found.max(), exact.max())) + 1
    row = np.arange(len(exact), dtype=np.int64)[:, None] * width
    return float(np.isin(row + exact, row + np.where(found < 0, -1 - row, found)).mean())


def notes(learnt: dict, fit: measure.Measured, threads: int) -> list[str]:
    """What was factorised."""
    each = ", ".join(f"{seconds:.2f}" for seconds in learnt["iterations"])
    return [
        f"The product's own ALS ({learnt['factors']} factors, the last 60 days): {each} s per iteration, "
        f"{learnt['fit']:.1f} s "
        f"in all; {learnt['customers']:,} customers folded in in {learnt['fold_in']:.1f} s; peak {fit.peak_mib:,.0f} MiB.",
        f"{learnt['customers']:,} customers drawn with a fixed seed, {learnt['articles']:,} articles with a "
        f"vector, {threads} "
        "threads, 1,024 customers at a time. IVF: √articles cells, the number after it = cells looked into; HNSW: 32 links, "
        "the number = efSearch.",
    ]
