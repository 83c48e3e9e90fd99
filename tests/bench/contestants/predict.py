"""Raw scores of one model: `predict.py lightgbm|lleaves MODEL.txt ROWS.npy OUT.npy THREADS`; prints seconds as JSON.

A hundred thousand rows at a time, as the product scores. lleaves compiles the model to machine code first.
"""

import json
import sys
import time
from importlib import import_module

import numpy as np

ROWS = 100_000


def predictor(kind: str, library, model: str, threads: int):
    """A function rows -> raw scores."""
    if kind == "lightgbm":
        booster = library.Booster(model_file=model)
        return lambda rows: booster.predict(rows, raw_score=True, num_threads=threads)
    compiled = library.Model(model_file=model)
    compiled.compile(raw_score=True)
    return lambda rows: compiled.predict(rows, n_jobs=threads)


def main() -> None:
    kind, model, rows_file, out, threads = *sys.argv[1:5], int(sys.argv[5])
    rows, library = np.load(rows_file), import_module(kind)
    begun = time.perf_counter()
    predict = predictor(kind, library, model, threads)
    ready = time.perf_counter() - begun
    begun = time.perf_counter()
    scores = np.concatenate([predict(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)])
    seconds = time.perf_counter() - begun
    np.save(out, scores)
    print(json.dumps({"ready": ready, "seconds": seconds, "rows": len(rows)}))


if __name__ == "__main__":
    main()
