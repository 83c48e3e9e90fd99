"""Fingerprint of the rows of Parquet files, whatever their order: `duck_fingerprint.py TASK.json` prints it per table.

Rows, and the sum of a 64-bit hash of each row: it tells one changed value, and how often a row is there. Where the task
names each side's dims, integer keys are told by the natural ids they stand for.
"""

import json
import sys
from pathlib import Path

import duckdb

DIM_OF = {"customer_key": "customer", "article_key": "article", "paired_article_key": "article"}


def parquet(files: list[str]) -> str:
    return f"read_parquet({files!r}, hive_partitioning = false, union_by_name = true)"


def fingerprint(db: duckdb.DuckDBPyConnection, files: list[str], columns: list[str], dims: dict[str, list[str]]) -> str:
    values, joins = [], []
    for n, name in enumerate(columns):
        dim = DIM_OF.get(name)
        if dim is None or dim not in dims:
            values.append(f"rows.{name}")
            continue
        values.append(f"dim_{n}.{dim}_id")
        joins.append(f"left join {parquet(dims[dim])} as dim_{n} on rows.{name} = dim_{n}.{dim}_key")
    sql = f"select count(*), sum(hash({', '.join(values)})::hugeint) from {parquet(files)} as rows {' '.join(joins)}"
    n, total = db.execute(sql).fetchone()
    return f"{n} {total}"


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text())
    limits = {"threads": task["threads"], "memory_limit": task["memory"], "temp_directory": f"{sys.argv[1]}.spill"}
    db, columns = duckdb.connect(config=limits), task["columns"]
    dims = task.get("dims") or [{}, {}]
    found = {
        name: [fingerprint(db, files, columns[name], dim) for files, dim in zip(sides, dims, strict=True)]
        for name, sides in task["tables"].items()
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
