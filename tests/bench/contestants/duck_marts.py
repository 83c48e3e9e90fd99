"""Compute tables in DuckDB from Parquet files: `duck_marts.py TASK.json`; prints seconds per table as JSON.

A table that was computed is read by those after it from its own file, unless the task names files for it.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

SQL = Path(__file__).parents[1] / "sql"
CATEGORIES = (
    "product_code",
    "product_type_no",
    "department_no",
    "section_no",
    "garment_group_no",
    "index_group_no",
    "colour_group_code",
)


def each_category() -> str:
    """One grouping per category, side by side."""
    return "\nunion all\n".join(
        f"select customer_key, '{name}' as category, {name} as category_value, exact(sum(n_lines)) as n_lines, "
        f"exact(sum(decayed_nanos)) as decayed_nanos, min(days_since_last) as days_since_last "
        f"from labelled where {name} is not null group by customer_key, {name}"
        for name in CATEGORIES
    )


def connect(task: dict) -> duckdb.DuckDBPyConnection:
    """The inputs as views, the small table of days in memory; threads and memory as Spark has them."""
    limits = {"threads": task["threads"], "memory_limit": task["memory"], "temp_directory": f"{task['out']}/spill"}
    db = duckdb.connect(config=limits)
    db.execute((SQL / "macros.sql").read_text())
    for table, files in task["inputs"].items():
        view(db, table.partition(".")[2], files)
    if "intermediate.int_as_of_days" in task["inputs"]:
        db.execute("create table days as select * from int_as_of_days")
    return db


def view(db: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> None:
    db.execute(f"create view {name} as select * from read_parquet({files!r}, hive_partitioning = false)")


def statement(task: dict, table: str) -> str:
    """The table's SQL, filled in."""
    sql = (SQL / f"{table}.sql").read_text().replace("$out", task["out"]).replace("$each", each_category())
    return sql.replace("$largest_basket", str(task["largest_basket"]))


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text())
    db, found = connect(task), {}
    given = {name.partition(".")[2] for name in task["inputs"]}
    for table in task["tables"]:
        file = f"{task['out']}/{table}.parquet"
        begun, used = time.perf_counter(), time.process_time()
        db.execute(f"copy ({statement(task, table)}) to '{file}' (format parquet, compression snappy)")
        found[table] = {"seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - used}
        if table not in given:
            view(db, table, [file])
    print(json.dumps({"tables": found, "version": duckdb.__version__}))


if __name__ == "__main__":
    main()
