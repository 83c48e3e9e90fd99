"""`hm sql`: one question to the warehouse, or a prompt that keeps the engine warm."""

import contextlib
import json
import sys
import time
from collections.abc import Sequence

from rich.table import Table

from hm.show import console
from infra.errors import UserError
from infra.settings import Settings
from infra.spark import spark_session

BANNER = "{engine} on the warehouse. End a statement with ';'. Try: show tables in marts;  Leave with Ctrl-D."
TITLES = {"spark": "Spark SQL", "trino": "Trino", "clickhouse": "ClickHouse"}


class QueryError(UserError):
    """The engine refuses the statement."""


def default_engine(settings: Settings) -> str:
    """Trino where it shares a metastore server with us; a metastore in our own process only Spark can open."""
    return "trino" if settings.metastore == "thrift" else "spark"


def _ask_trino(settings: Settings, question: str, limit: int) -> tuple[list[str], list[list]]:
    from warehouse.trino import query

    answer = query(settings, question, limit)
    return answer.columns, answer.rows


def _ask_spark(settings: Settings, question: str, limit: int) -> tuple[list[str], list[tuple]]:
    from pyspark.errors import PySparkException

    try:
        frame = spark_session(settings).sql(question.strip().rstrip(";"))
        return frame.columns, [tuple(row) for row in frame.limit(limit).collect()]
    except PySparkException as error:
        text = (error.getMessage() or str(error)).strip().splitlines()
        raise QueryError(" ".join(text[:3])) from error


def _ask_clickhouse(settings: Settings, question: str, limit: int) -> tuple[list[str], list[tuple]]:
    """What readers are served, lineage, exposures and events; asked of `hm serve` where that holds the store."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from warehouse.serving.store import open_store

    try:
        with open_store(settings) as client:
            client.query_limit = limit
            answer = client.query(question.strip().rstrip(";"))
            return list(answer.column_names), answer.result_rows
    except ClickHouseError as error:
        raise QueryError(" ".join(str(error).strip().splitlines()[:3])) from error


ENGINES = {"spark": _ask_spark, "trino": _ask_trino, "clickhouse": _ask_clickhouse}


def ask(settings: Settings, question: str, limit: int, as_json: bool = False, engine: str = "spark") -> None:
    """Answer one statement.

    Raises:
        UserError: the engine refuses it, or does not answer.
    """
    begun = time.perf_counter()
    columns, rows = ENGINES[engine](settings, question, limit + 1)
    shown = rows[:limit]
    print_rows(columns, shown, as_json)
    if not as_json:
        more = f", more behind --limit {limit}" if len(rows) > limit else ""
        print(f"{len(shown)} rows{more}, {time.perf_counter() - begun:.1f} s", file=sys.stderr)


def print_rows(columns: Sequence[str], rows: Sequence[Sequence], as_json: bool) -> None:
    """An answer as a table, or as JSON for a program."""
    if as_json:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=1, default=str))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)


def _statements():
    """Statements typed at the prompt, each ended by a semicolon."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - arrow keys and history
    lines: list[str] = []
    while True:
        try:
            lines.append(input("hm> " if not lines else "  > "))
        except EOFError:
            print()
            return
        text = "\n".join(lines).strip()
        if text.endswith(";"):
            lines = []
            if text != ";":
                yield text


def prompt(settings: Settings, limit: int, engine: str = "spark") -> None:
    """Answer statements until end of input; a refused one does not end the prompt."""
    print(BANNER.format(engine=TITLES[engine]))
    for statement in _statements():
        try:
            ask(settings, statement, limit, engine=engine)
        except UserError as error:
            print(f"hm: {error}", file=sys.stderr)
