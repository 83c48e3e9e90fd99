"""Errors as problem details (RFC 9457): one shape for whatever goes wrong."""

from http import HTTPStatus

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from infra.errors import UserError
from warehouse.api.spool import SpoolFullError
from warehouse.serving.errors import (
    MalformedIdError,
    NothingPublishedError,
    StoreError,
    UnknownArticleError,
    UnknownSegmentError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_S = 5
"""What a client is told to wait while the store is away."""
STATUS: dict[type[UserError], int] = {
    MalformedIdError: 422,
    UnknownArticleError: 404,
    UnknownSegmentError: 404,
    NothingPublishedError: 503,
    StoreError: 503,
    SpoolFullError: 503,
}
_log = structlog.get_logger("hm.api")


class Fault(BaseModel):
    """One thing that is wrong with the input."""

    where: str = Field(description="Place in the request, such as path.customer_id or body.events.0.kind")
    what: str = Field(description="What is wrong with it")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="The status in words")
    status: int
    detail: str = Field(description="What happened, in one sentence")
    request_id: str = Field(default="", description="As in the header X-Request-ID and in the log")
    errors: list[Fault] = Field(default_factory=list, description="What is wrong, place by place")


def problem(
    status: int, detail: str, request_id: str, errors: list[Fault] | None = None, headers: dict[str, str] | None = None
) -> Response:
    """A problem as a response."""
    found = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, request_id=request_id, errors=errors or []
    )
    return Response(found.model_dump_json(), status, {**(headers or {})}, MEDIA_TYPE)


def _id(request: Request) -> str:
    return request.scope.get("state", {}).get("request_id", "")


def add_handlers(app: FastAPI) -> None:
    """Every error that can leave a route becomes a problem."""

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        faults = [Fault(where=".".join(map(str, e["loc"])), what=e["msg"]) for e in error.errors()[:20]]
        is_json = not any(e["type"] == "json_invalid" for e in error.errors())
        detail = f"{faults[0].where}: {faults[0].what}" if faults else "The request is not as it should be."
        return problem(422 if is_json else 400, detail, _id(request), faults)

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), _id(request), headers=dict(error.headers or {}))

    @app.exception_handler(UserError)
    async def _(request: Request, error: UserError) -> Response:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
        return problem(status, str(error), _id(request), headers=_retry(status))

    @app.exception_handler(ClickHouseError)
    async def _(request: Request, error: ClickHouseError) -> Response:
        _log.error("store_failed", request_id=_id(request), reason=str(error).splitlines()[0])
        return problem(503, "The store did not answer; try again.", _id(request), headers=_retry(503))


def _retry(status: int) -> dict[str, str]:
    return {"Retry-After": str(RETRY_S)} if status == 503 else {}
