"""implicit alone: ALS as it comes on all purchases, best sellers of the last week for the rest.

`peer_implicit.py TASK.json`.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

K, BLOCK = 12, 10_000


def read(task: dict) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """(customer, article, days as indices and ages; ids of customers; ids of articles)."""
    customers = pl.read_csv(task["customers"], columns=["customer_id"])["customer_id"].sort()
    text = {"article_id": pl.String, "customer_id": pl.String}
    lines = (
        pl.scan_csv(task["transactions"], schema_overrides=text)
        .select("t_dat", "customer_id", pl.col("article_id").str.zfill(10))
        .filter(pl.col("t_dat") < task["as_of"])
        .with_columns(days=(pl.lit(task["as_of"]).str.to_date() - pl.col("t_dat").str.to_date()).dt.total_days())
        .collect(engine="streaming")
    )
    articles = lines["article_id"].unique().sort()
    index = {"customer_id": customers, "article_id": articles}
    for name, ids in index.items():
        lines = lines.join(pl.DataFrame({name: ids, name[:-3]: np.arange(len(ids), dtype=np.int32)}), on=name).drop(name)
    return lines, customers.to_numpy(), articles.to_numpy()


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text())
    lines, customers, articles = read(task)
    weight = np.ones(len(lines), np.float32)
    shape = (len(customers), len(articles))
    seen = csr_matrix((weight, (lines["customer"].to_numpy(), lines["article"].to_numpy())), shape=shape)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(128, iterations=15, random_state=task["seed"], num_threads=task["threads"])
        model.fit(seen, show_progress=False)
        blocks = np.array_split(np.arange(len(customers)), 1 + len(customers) // BLOCK)
        asked = [model.recommend(b, seen[b], N=K, filter_already_liked_items=False)[0] for b in blocks]
    found = np.concatenate(asked)
    recent = lines.filter(pl.col("days") <= 7)["article"].to_numpy()
    popular = np.argsort(-np.bincount(recent, minlength=len(articles)), kind="stable")[:K]
    found[np.diff(seen.indptr) == 0] = popular
    rows = {
        "customer_id": np.repeat(customers, K),
        "article_id": articles[found.ravel()],
        "rank": np.tile(np.arange(1, K + 1, dtype=np.int32), len(customers)),
    }
    pl.DataFrame(rows).write_parquet(task["out"])
    print(json.dumps({"implicit": version("implicit")}))


if __name__ == "__main__":
    main()
