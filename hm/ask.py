"""`hm ask`: the questions that analysts ask again and again, on Trino."""

import json
import sys
import time
from typing import Annotated

import typer


def ask(
    question: Annotated[str | None, typer.Argument(help="Its name; none: all of them, in a sentence each.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", help="name=value (repeatable); what is not named takes its default.")
    ] = None,
    show_sql: Annotated[
        bool, typer.Option("--sql", help="Print the statement with its explanation instead of asking it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")] = False,
) -> None:
    """Ask a question of the analysts' library (warehouse/trino/questions), answered by Trino."""
    if question is None:
        _list(as_json)
        return
    from hm.sql import print_rows
    from infra.settings import get_settings
    from warehouse.trino import find_question
    from warehouse.trino.client import prepared, query

    asked = find_question(question)
    given = _given(question, param or [])
    begun = time.perf_counter()
    statement = prepared(get_settings(), asked, given)
    if show_sql:
        typer.echo(f"{asked.header}\n{statement}")
        return
    answer = query(get_settings(), statement)
    print_rows(answer.columns, answer.rows, as_json)
    if not as_json:
        print(f"{len(answer.rows)} rows, {time.perf_counter() - begun:.1f} s", file=sys.stderr)
        for caveat in asked.caveats:
            print(f"- {caveat}", file=sys.stderr)


def _given(question: str, pairs: list[str]) -> dict[str, str]:
    """Parameter -> text from `name=value`."""
    from warehouse.trino import QuestionError

    given = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise QuestionError(f"{question}: --param {pair} is not name=value.")
        given[name.strip()] = value
    return given


def _list(as_json: bool) -> None:
    from rich.table import Table

    from hm.show import console
    from warehouse.trino import questions

    found = questions()
    if as_json:
        listed = [
            {
                "question": q.name,
                "asks": q.sentence,
                "parameters": {
                    p.name: {"type": p.type, "default": p.default, "meaning": p.meaning} for p in q.parameters.values()
                },
            }
            for q in found
        ]
        typer.echo(json.dumps(listed, indent=1))
        return
    table = Table("question", "asks", "parameters")
    for q in found:
        table.add_row(q.name, q.sentence, ", ".join(_shown(p) for p in q.parameters.values()))
    console.print(table)
    console.print("hm ask QUESTION --param name=value; --sql prints the statement and explains its columns.")


def _shown(parameter) -> str:
    """A parameter with its default, where that can be told without asking."""
    if parameter.default in (None, "null") or parameter.has_query:
        return parameter.name
    return f"{parameter.name}={parameter.default}"
