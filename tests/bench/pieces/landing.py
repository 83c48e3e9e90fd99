"""Landing on Spark, with all its checks, against DuckDB reading the same CSV files into Parquet of the same types."""

import json
import re
from pathlib import Path

from tests.bench import measure
from tests.bench.log import Log
from tests.bench.pieces.state import catalogue, fingerprints, land_anew, limits
from tests.bench.record import Found, Row
from warehouse.schemas import raw

DEPENDS = ("spark_jobs", "warehouse/schemas", "warehouse/quality", "infra/spark.py", "tests/bench/contestants")
TABLES = {"articles": raw.ARTICLES, "customers": raw.CUSTOMERS, "transactions": raw.TRANSACTIONS}
STAGES = {
    "the files looked through (sha256, header, encoding)": r"files looked through: .*, ([\d.]+) s$",
    "rows read, typed, checked": r"rows checked, ([\d.]+) s$",
    "sorted, written, keys given, committed": r"written and committed: .*, ([\d.]+) s$",
    "checks of what landed (Great Expectations)": r"quality of landed tables: .*?, ([\d.]+) s,",
}
"""Part of `hm land` -> where its progress says its seconds."""


def measured(log: Log) -> Found:
    """`hm land`, then DuckDB; then every table's rows compared."""
    home, spark = land_anew(log)
    duck, out = duck_landing(log)
    answer = json.loads(duck.said)
    same = rows_equal(log, home, out)
    row: Row = {"contestant": "hm land", **spark.figures, "ratio": round(spark.seconds / duck.seconds, 2)}
    rows = [row | {"rows equal": same}, *stages(log), {"contestant": "DuckDB, no check", **duck.figures}]
    rows += [{"contestant": f"... {kind}", "seconds": round(s, 1)} for kind, s in answer["seconds"].items()]
    return Found("Landing: Spark against DuckDB", "hm land, then DuckDB", rows, notes(), {"duckdb": answer["version"]})


def duck_landing(log: Log) -> tuple[measure.Measured, Path]:
    """The three files by DuckDB, and where it wrote them."""
    out = log.fresh("duck-landing")
    columns = {kind: {c.name: c.type for c in table.columns} for kind, table in TABLES.items()}
    files = {kind: str(path) for kind, path in log.files.items()}
    (out / "task.json").write_text(json.dumps({"files": files, "columns": columns, "out": str(out), **limits()}))
    return measure.run(measure.peer("duck_landing.py", out / "task.json"), log.logs / "landing-duck.log"), out


def stages(log: Log) -> list[Row]:
    """What the parts of `hm land` took, by its own progress."""
    said = (log.logs / "land.log").read_text()
    found = {name: re.search(pattern, said, re.MULTILINE) for name, pattern in STAGES.items()}
    return [{"contestant": f"... {name}", "seconds": float(match[1])} for name, match in found.items() if match]


def rows_equal(log: Log, home: Path, out: Path) -> bool | str:
    """Whether all three tables have the same rows; else the names of those that have not."""
    tables = {
        kind: [catalogue(home).files(table.full_name), sorted(map(str, (out / kind).rglob("*.parquet")))]
        for kind, table in TABLES.items()
    }
    columns = {kind: [column.name for column in table.columns] for kind, table in TABLES.items()}
    found = fingerprints(log, "landing", tables, columns)
    return not (odd := [kind for kind, (one, other) in found.items() if one != other]) or f"not {', '.join(odd)}"


def notes() -> list[str]:
    """What each side does and does not do."""
    return [
        "`hm land` checks every row, keeps an account per block (rows read = landed + rejected), gives integer keys, "
        "registers versions in the metastore and checks the landed tables; DuckDB trusts the files. Both "
        "write zstd Parquet, "
        "transactions sorted by month and every column.",
        "Rows equal: count and sum of 64-bit row hashes of all three tables, which tell one changed value.",
    ]
