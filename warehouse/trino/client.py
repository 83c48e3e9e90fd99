"""Statements to Trino, rows back: for questions and for what somebody types, not for bulk data."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
import trino
from trino.exceptions import HttpError, TrinoConnectionError, TrinoQueryError

from infra.errors import UserError
from infra.settings import Settings
from warehouse.trino.question import Question, QuestionError, fill

_NOT_BUILT = {"TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"}

# It counts its attempts aloud; who asks is told once, in a sentence.
logging.getLogger("trino.client").setLevel(logging.ERROR)


class TrinoError(UserError):
    """Trino does not answer, or refuses a statement."""


@dataclass(frozen=True)
class Answer:
    """What came back, and the statement that was sent."""

    columns: list[str]
    rows: list[list[Any]]
    statement: str


def query(settings: Settings, statement: str, limit: int | None = None) -> Answer:
    """Answer one statement in the warehouse's catalog; with a limit the rest is not fetched.

    Raises:
        TrinoError: Trino does not answer, or refuses the statement.
    """
    statement = statement.strip().rstrip(";")
    address = f"{settings.trino_host}:{settings.trino_port}"
    try:
        with _connect(settings) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
            columns = [column[0] for column in cursor.description or []]
            cursor.cancel()
    except TrinoQueryError as error:
        remedy = " Tables come with `hm run FOLDER`." if error.error_name in _NOT_BUILT else ""
        raise TrinoError(f"Trino refuses the statement: {error.message}.{remedy}".replace("..", ".")) from error
    except (TrinoConnectionError, HttpError, requests.RequestException) as error:
        raise TrinoError(
            f"Trino does not answer at {address}; start the stack with `make up`, or set HM_TRINO_HOST and HM_TRINO_PORT."
        ) from error
    return Answer(columns, [list(row) for row in rows], statement)


def _connect(settings: Settings) -> trino.dbapi.Connection:
    user, password = settings.trino_user, settings.trino_password
    if password and not settings.trino_tls:
        raise TrinoError("Trino takes a password over TLS only: set HM_TRINO_TLS=true, or no HM_TRINO_PASSWORD.")
    return trino.dbapi.connect(
        settings.trino_host,
        settings.trino_port,
        user=user,
        auth=trino.auth.BasicAuthentication(user, password) if password else None,
        http_scheme="https" if settings.trino_tls else "http",
        catalog=settings.trino_catalog,
        source="hm",
    )


def ask(
    settings: Settings,
    question: Question,
    given: Mapping[str, object] | None = None,
    schemas: Mapping[str, str] | None = None,
) -> Answer:
    """Answer a question.

    Args:
        given: parameter -> value, as text or as Python has it; the others take their defaults.
        schemas: schema as the file names it -> schema to read instead, as in {"marts": "dev_anna_marts"}.

    Raises:
        QuestionError: a parameter is unknown, missing or not of its type.
        TrinoError: Trino does not answer, or refuses the statement.
    """
    return query(settings, prepared(settings, question, given, schemas))


def prepared(
    settings: Settings,
    question: Question,
    given: Mapping[str, object] | None = None,
    schemas: Mapping[str, str] | None = None,
) -> str:
    """The statement of a question; defaults that are queries are asked for, all in one.

    Literals, not scalar subqueries: so Trino knows while it plans which partitions it need not open.
    """
    literals = question.literals(given or {})
    wanted = [parameter for parameter in question.parameters.values() if parameter.name not in literals]
    if wanted:
        selected = ", ".join(f"({fill(parameter.default, {}, schemas)})" for parameter in wanted)
        for parameter, value in zip(wanted, query(settings, f"select {selected}").rows[0], strict=True):
            if value is None:
                raise QuestionError(
                    f"{question.name}: there is nothing yet to take {parameter.name} from "
                    f"({parameter.meaning.rstrip('.')}); name one with --param {parameter.name}=..."
                )
            literals[parameter.name] = parameter.literal(value)
    return question.statement(literals, schemas)
