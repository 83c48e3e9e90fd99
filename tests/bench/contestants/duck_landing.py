"""Read the three CSV files into Parquet in DuckDB: `duck_landing.py TASK.json`; prints rows and seconds per file as JSON.

The columns, types and repairs are those of the landed tables; the files are trusted: nothing is checked or accounted for.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

TEXTS = {"articles": "read_csv('{}', all_varchar = true, quote = '\"', escape = '\"', strict_mode = true)"}
PLAIN = "read_csv('{}', all_varchar = true)"
TRANSACTIONS = "read_csv('{}', columns = {{t_dat: 'date', customer_id: 'varchar', article_id: 'varchar', price: 'decimal(18, 9)', sales_channel_id: 'int'}})"  # fmt: skip  # noqa: E501


def typed(name: str, kind: str) -> str:
    """A column as the landed table has it: an id gets its zeros back, an empty text is missing, 1.0 is a whole number."""
    if name == "article_id":
        return "lpad(article_id, 10, '0') as article_id"
    return f"nullif({name}, '') as {name}" if kind == "string" else f"nullif({name}, '')::double::int as {name}"


def snapshot(kind: str, path: str, columns: dict[str, str]) -> str:
    names = ", ".join(typed(name, of) for name, of in columns.items())
    return f"select {names} from {TEXTS.get(kind, PLAIN).format(path)} order by all"


def transactions(path: str) -> str:
    """Sorted as the landed table is, by month and then by every column, a folder per month."""
    source = TRANSACTIONS.format(path)
    return f"select * replace (lpad(article_id, 10, '0') as article_id), strftime(t_dat, '%Y-%m') as t_month from {source} order by all"  # noqa: E501


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text())
    limits = {"threads": task["threads"], "memory_limit": task["memory"], "temp_directory": f"{task['out']}/spill"}
    db, found = duckdb.connect(config=limits), {}
    for kind, path in task["files"].items():
        is_sale = kind == "transactions"
        sql = transactions(path) if is_sale else snapshot(kind, path, task["columns"][kind])
        options = "partition_by (t_month)" if is_sale else "per_thread_output"
        begun = time.perf_counter()
        db.execute(f"copy ({sql}) to '{task['out']}/{kind}' (format parquet, compression zstd, {options})")
        found[kind] = time.perf_counter() - begun
    print(json.dumps({"seconds": found, "version": duckdb.__version__}))


if __name__ == "__main__":
    main()
