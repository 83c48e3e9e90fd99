"""Features on Spark against DuckDB computing the same rows from the same Parquet files, on as many threads."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tests.bench import measure
from tests.bench.log import Log
from tests.bench.pieces.state import catalogue, env_of, landed_home, limits
from tests.bench.record import Found, Row
from tests.bench.same import compare

DEPENDS = ("dbt_project", "spark_jobs/build_features.py", "infra/spark.py", "tests/bench/sql")
BY_DAY = (
    "fct_transactions",
    "int_customer_article_daily",
    "int_customer_daily",
    "int_article_daily",
    "int_article_segment_daily",
)
KEYS = {
    "customer_rfm": ("customer_key",),
    "customer_category_features": ("customer_key", "category", "category_value"),
    "customer_features": ("customer_key",),
    "customer_article_features": ("customer_key", "article_key"),
    "article_features": ("article_key",),
    "popular_articles": ("segment", "age_bin", "index_group_no", "sales_channel_id", "article_key"),
    "article_pairs": ("article_key", "paired_article_key"),
    "fct_transactions": ("t_dat", "customer_key", "article_key", "sales_channel_id", "price"),
    "int_customer_article_daily": ("t_dat", "customer_key", "article_key"),
    "int_customer_daily": ("t_dat", "customer_key"),
    "int_article_daily": ("t_dat", "article_key"),
    "int_article_segment_daily": ("t_dat", "article_key", "age_bin", "sales_channel_id"),
}
"""Table -> what names a row. Both sides take the keys from the same dims, so a key stands for its natural id."""
MARTS = tuple(name for name in KEYS if name not in BY_DAY)
DIMS = ("marts.dim_customers", "marts.dim_articles")
RAW = ("raw.transactions", "raw.customer_keys", "raw.article_keys")
BY_DAY_TABLES = tuple(f"{'marts' if name.startswith('fct') else 'intermediate'}.{name}" for name in BY_DAY)
LARGEST_BASKET = 30


def measured(log: Log) -> Found:
    """Both contestants on everything that is built from what landed, then on the marts of the date alone."""
    home, day = landed_home(log)
    first = spark(log, home, "first", day, "first")
    duck_first = duck(log, home, "first", BY_DAY, [*RAW, *DIMS], None)
    date_only = spark(log, home, "date", day, *MARTS)
    duck_date = duck(log, home, "date", MARTS, ["intermediate.int_as_of_days", *BY_DAY_TABLES, *DIMS], day)
    rows = [
        *(_by_day_row(log, home, name, first, duck_first) for name in BY_DAY),
        *(_mart_row(log, home, name, day, date_only, duck_date) for name in MARTS),
        _total("marts of the date, warm, one by one", date_only["alone"], duck_date["tables"]),
        _cold("marts of the date, cold, as hm build", date_only["all"], duck_date),
        _cold("everything from what landed, cold", first["all"], duck_first, duck_date),
    ]
    return Found(
        "Features: Spark against DuckDB",
        "Spark, then DuckDB; tables by day first, then the date",
        rows,
        _notes(day),
        {"duckdb": duck_date["version"]},
    )


def spark(log: Log, home: Path, name: str, day: date, *models: str) -> dict:
    """The product's build in a process of its own: its answer, with what the process took."""
    command = measure.product("tests.bench.contestants.hm_marts", day, *models)
    took = measure.run(command, log.logs / f"marts-spark-{name}.log", env_of(home))
    return json.loads(took.said.splitlines()[-1]) | {"took": took}


def duck(log: Log, home: Path, name: str, tables: Sequence[str], inputs: Sequence[str], day: date | None) -> dict:
    """The same tables by DuckDB in a process of its own."""
    out = log.fresh(f"duck-{name}")
    task = {
        "tables": tables,
        "out": str(out),
        "largest_basket": LARGEST_BASKET,
        "inputs": _files(home, inputs, day),
        **limits(),
    }
    (out / "task.json").write_text(json.dumps(task))
    took = measure.run(measure.peer("duck_marts.py", out / "task.json"), log.logs / f"marts-duck-{name}.log")
    return json.loads(took.said) | {"took": took}


def _files(home: Path, tables: Sequence[str], day: date | None) -> dict[str, list[str]]:
    found = catalogue(home)
    dated = {name: {"as_of_date": day} if name.endswith("as_of_days") or name in _DATED else {} for name in tables}
    return {name: found.files(name, **where) for name, where in dated.items()}


_DATED = {f"marts.{name}" for name in MARTS}


def _by_day_row(log: Log, home: Path, name: str, first: dict, other: dict) -> Row:
    """A table by day: dbt builds two models at a time, so its seconds on Spark are those of half the machine."""
    schema = "marts" if name.startswith("fct") else "intermediate"
    same = compare(catalogue(home).files(f"{schema}.{name}"), [log.own_work / "duck-first" / f"{name}.parquet"], KEYS[name])
    seconds, duck_s = first["all"]["models"][name], other["tables"][name]["seconds"]
    return _row(name, same, seconds, duck_s)


def _mart_row(log: Log, home: Path, name: str, day: date, found: dict, other: dict) -> Row:
    files = catalogue(home).files(f"marts.{name}", as_of_date=day)
    same = compare(files, [log.own_work / "duck-date" / f"{name}.parquet"], KEYS[name])
    alone, duck_one = found["alone"][name], other["tables"][name]
    cpu = {"Spark CPU s": round(alone["cpu_s"], 1), "DuckDB CPU s": round(duck_one["cpu_s"], 1)}
    return _row(name, same, alone["models"][name], duck_one["seconds"]) | cpu


def _row(name: str, same, seconds: float, duck_s: float) -> Row:
    row = {"table": name, "rows": same.rows, "Spark s": round(seconds, 2), "DuckDB s": round(duck_s, 2)}
    return row | {"ratio": round(seconds / duck_s, 2), "rows equal": same.same or "; ".join(same.faults)}


def _total(name: str, alone: Mapping[str, dict], tables: Mapping[str, dict]) -> Row:
    seconds, duck_s = sum(alone[m]["models"][m] for m in MARTS), sum(tables[m]["seconds"] for m in MARTS)
    return {
        "table": name,
        "Spark s": round(seconds, 1),
        "DuckDB s": round(duck_s, 1),
        "ratio": round(seconds / duck_s, 2),
    } | {
        "Spark CPU s": round(sum(alone[m]["cpu_s"] for m in MARTS), 1),
        "DuckDB CPU s": round(sum(tables[m]["cpu_s"] for m in MARTS), 1),
    }


def _cold(name: str, build: dict, *ducks: dict) -> Row:
    """A whole build from the start of its process, with the peak memory of both."""
    seconds, took = build["seconds"], [duck["took"] for duck in ducks]
    duck_s = sum(one.seconds for one in took)
    row = {"table": name, "Spark s": round(seconds, 1), "DuckDB s": round(duck_s, 1), "ratio": round(seconds / duck_s, 2)}
    return row | {"Spark CPU s": round(build["cpu_s"], 1), "DuckDB CPU s": round(sum(one.cpu_s for one in took), 1)}


def _notes(day: date) -> list[str]:
    given = limits()
    return [
        f"As of {day}. Both write sorted Parquet (snappy), on {given['threads']} threads; Spark's driver and DuckDB "
        f"may have {given['memory']}. DuckDB reads the very files that Spark's models read; the weights of "
        "days it takes from "
        "int_as_of_days, so both rank by the same bits.",
        "Each mart alone: seconds of its dbt model in a process that has built the date once before; its CPU seconds are of "
        "the whole dbt run, parsing and the table of days included. A table by day: its model's seconds within the whole "
        "build, where dbt builds two models at a time.",
        "Cold: from the start of the build, with the start of Spark, dbt's parse, the dims and the bookkeeping in the "
        "metastore; DuckDB has none of these.",
    ]
