"""`hm sql`: one question to the warehouse, or a prompt that keeps the engine warm."""

import contextlib
import json
import sys
import time

from rich.table import Table

from hm.show import console
from infra.errors import UserError
from infra.settings import Settings
from infra.spark import spark_session

BANNER = "Spark SQL on the warehouse. End a statement with ';'. Try: show tables in marts;  Leave with Ctrl-D."


class QueryError(UserError):
    """The engine refuses the statement."""


def _rows(settings: Settings, question: str, limit: int) -> tuple[list[str], list[tuple]]:
    from pyspark.errors import PySparkException

    try:
        frame = spark_session(settings).sql(question.strip().rstrip(";"))
        return frame.columns, [tuple(row) for row in frame.limit(limit + 1).collect()]
    except PySparkException as error:
        text = (error.getMessage() or str(error)).strip().splitlines()
        raise QueryError(" ".join(text[:3])) from error


def ask(settings: Settings, question: str, limit: int, as_json: bool = False) -> None:
    """Answer one statement.

    Raises:
        QueryError: the engine refuses it.
    """
    begun = time.perf_counter()
    columns, rows = _rows(settings, question, limit)
    shown = rows[:limit]
    if as_json:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in shown], indent=1, default=str))
        return
    table = Table(*columns)
    for row in shown:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)
    more = f", more behind --limit {limit}" if len(rows) > limit else ""
    print(f"{len(shown)} rows{more}, {time.perf_counter() - begun:.1f} s", file=sys.stderr)


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


def prompt(settings: Settings, limit: int) -> None:
    """Answer statements until end of input; a refused one does not end the prompt."""
    print(BANNER)
    for statement in _statements():
        try:
            ask(settings, statement, limit)
        except QueryError as error:
            print(f"hm: {error}", file=sys.stderr)
