"""Top 100 articles of every customer's vector: `python -m tests.bench.contestants.search KIND FOLDER OUT.npy THREADS`.

KIND: flat, ivf-PROBES, hnsw-EF (FAISS), or implicit (its own recommend). Prints the seconds of building and of searching.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

K, BLOCK = 100, 1024


def faiss_search(kind: str, customers: np.ndarray, articles: np.ndarray, threads: int) -> tuple[float, np.ndarray]:
    """(seconds of building the index, article rows per customer)."""
    import faiss

    faiss.omp_set_num_threads(threads)
    begun = time.perf_counter()
    index = _index(faiss, kind, articles)
    built = time.perf_counter() - begun
    return built, np.concatenate([index.search(part, K)[1] for part in blocks(customers)])


def _index(faiss, kind: str, articles: np.ndarray):
    """IVF as the product has it: √articles cells; HNSW with 32 links."""
    name, _, number = kind.partition("-")
    width = articles.shape[1]
    flat = faiss.IndexFlatIP(width)
    if name == "ivf":
        cells = max(1, int(np.sqrt(len(articles))))
        index = faiss.IndexIVFFlat(flat, width, cells, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = min(int(number), cells)
        index.train(articles)
    elif name == "hnsw":
        index = faiss.IndexHNSWFlat(width, 32, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = 200, int(number)
    else:
        index = flat
    index.add(articles)
    return index


def implicit_search(customers: np.ndarray, articles: np.ndarray, threads: int) -> tuple[float, np.ndarray]:
    """`implicit`'s recommend on the same vectors; a row's own purchases may come again."""
    from implicit.als import AlternatingLeastSquares

    begun = time.perf_counter()
    model = AlternatingLeastSquares(customers.shape[1], num_threads=threads, use_gpu=False)
    model.user_factors, model.item_factors = customers, articles
    built = time.perf_counter() - begun
    everyone = np.arange(len(customers))
    ask = lambda users: model.recommend(users, None, N=K, filter_already_liked_items=False)[0]  # noqa: E731
    return built, np.concatenate([ask(part) for part in blocks(everyone)])


def blocks(rows: np.ndarray) -> list[np.ndarray]:
    """A thousand customers at a time, as the product asks."""
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]


def main() -> None:
    kind, folder, out, threads = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    customers, articles = np.load(folder / "customers.npy"), np.load(folder / "articles.npy")
    begun = time.perf_counter()
    searched = implicit_search if kind == "implicit" else lambda *rest: faiss_search(kind, *rest)
    built, found = searched(customers, articles, threads)
    seconds = time.perf_counter() - begun - built
    np.save(out, found.astype(np.int32))
    print(json.dumps({"build": built, "search": seconds}))


if __name__ == "__main__":
    main()
