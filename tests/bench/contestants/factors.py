"""Factorise as the product does (models/candidates/factors.py) and leave the vectors for those who search them.

`python -m tests.bench.contestants.factors DATE CUSTOMERS OUT`: prints seconds per iteration, and writes customers.npy (drawn
buyers, the seed fixed) and articles.npy (of the articles that have a vector), both float32.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from infra.settings import get_settings
from models.candidates.base import TableMarts, context_of
from models.candidates.factors import SEED, Als
from models.interactions import Interactions
from warehouse.hive.catalogue import Catalogue


def iteration_seconds(als: Als, context) -> list[float]:
    """Seconds of each iteration of the model's fit, by the callback of `implicit`."""
    seen: list[float] = []
    fit = AlternatingLeastSquares.fit

    def timed(model, matrix, **options):
        return fit(model, matrix, callback=lambda iteration, elapsed, loss: seen.append(elapsed), **options)

    AlternatingLeastSquares.fit = timed
    try:
        als.fit(context)
    finally:
        AlternatingLeastSquares.fit = fit
    return seen


def main() -> None:
    day, n_customers, out = date.fromisoformat(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    log = Interactions.from_catalogue(Catalogue(get_settings()))
    context, als = context_of(log, day, TableMarts({})), Als()
    begun = time.perf_counter()
    seconds = iteration_seconds(als, context)
    fitted = time.perf_counter() - begun
    buyers = context.log.buyers
    drawn = np.sort(np.random.default_rng(SEED).choice(buyers, min(n_customers, len(buyers)), replace=False))
    begun = time.perf_counter()
    with threadpool_limits(1, "blas"):
        vectors = np.concatenate([als.customers(part) for part in np.array_split(drawn, 1 + len(drawn) // 4096)])
    folded = time.perf_counter() - begun
    known = als.articles.any(axis=1)
    # Who bought too long ago has a vector of zeros, and every article would tie for the top.
    vectors = vectors[vectors.any(axis=1)].astype(np.float32)
    np.save(out / "customers.npy", vectors)
    np.save(out / "articles.npy", als.articles[known].astype(np.float32))
    found = {
        "iterations": seconds,
        "fit": fitted,
        "fold_in": folded,
        "customers": len(vectors),
        "articles": int(known.sum()),
    }
    print(json.dumps(found | {"factors": vectors.shape[1]}))


if __name__ == "__main__":
    main()
