"""What every request passes before a route sees it: its id, its size, its key, its rate; and behind it, log and metrics."""

import asyncio
import hmac
import math
import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from warehouse.api import metrics
from warehouse.api.limits import RateLimit
from warehouse.api.problems import RETRY_S, problem

MAX_URL = 2_048
"""Bytes of path and query: four times the longest that makes sense."""
MAX_BODY = 1 << 20
"""Bytes of a body: a thousand events of a kilobyte."""
BODY_S = 10.0
"""Seconds a client has to send its body."""
MAX_IN_FLIGHT = 256
"""Requests at work at once; more would only wait for each other."""
OPEN = ("/healthz", "/readyz")
"""What a probe asks without a key, and as often as it likes."""

_REQUEST_ID = re.compile(r"[\w.-]{8,64}")
_log = structlog.get_logger("hm.api")


class RefusedError(Exception):
    """A request that no route sees."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}


class Gate:
    """ASGI middleware.

    Args:
        api_key: what a client must send as X-API-Key or as a bearer token; empty: nothing.
        rate: requests per second and client.
    """

    def __init__(self, app: ASGIApp, api_key: str, rate: RateLimit):
        self._app, self._api_key, self._rate = app, api_key, rate
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, begun = Headers(scope=scope), time.perf_counter()
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        answered = 500

        async def answer(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        self._in_flight += 1
        try:
            await self._admit(scope, headers)
            await self._app(scope, await _whole_body(headers, receive), answer)
        except RefusedError as error:
            await problem(error.status, error.detail, request_id, headers=error.headers)(scope, receive, answer)
        except Exception:
            _log.exception("failed", request_id=request_id)
            if answered == 500:
                said = "Something went wrong here; the log has the request's id."
                await problem(500, said, request_id)(scope, receive, answer)
        finally:
            self._in_flight -= 1
            _note(scope, answered, time.perf_counter() - begun)

    async def _admit(self, scope: Scope, headers: Headers) -> None:
        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > MAX_URL:
            raise RefusedError(414, f"Path and query are longer than {MAX_URL} bytes.")
        if scope["path"] in OPEN:
            return
        if self._in_flight > MAX_IN_FLIGHT:
            raise RefusedError(503, "Too many requests are at work; try again.", {"Retry-After": str(RETRY_S)})
        client = (scope.get("client") or ("unknown", 0))[0]
        if wait_s := self._rate.wait_s(client):
            said = "You ask more often than one client may; wait, then go on."
            raise RefusedError(429, said, {"Retry-After": str(math.ceil(wait_s))})
        if self._api_key and not hmac.compare_digest(_key(headers).encode(), self._api_key.encode()):
            said = "This needs the API key, as X-API-Key or as a bearer token."
            raise RefusedError(401, said, {"WWW-Authenticate": "Bearer"})


def _key(headers: Headers) -> str:
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")


async def _whole_body(headers: Headers, receive: Receive) -> Receive:
    """The body, read here as far as it is allowed to be long; a route gets it in one piece."""
    declared = headers.get("content-length", "0")
    too_long = RefusedError(413, f"The body is longer than {MAX_BODY:,} bytes.", {"Connection": "close"})
    if not declared.isdecimal() or int(declared) > MAX_BODY:
        raise too_long
    if declared == "0" and "transfer-encoding" not in headers:
        return receive
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(BODY_S):
            while more:
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False)
                if size > MAX_BODY:
                    raise too_long
    except TimeoutError as error:
        raise RefusedError(408, f"The body did not come within {BODY_S:.0f} seconds.", {"Connection": "close"}) from error
    first = {"type": "http.request", "body": b"".join(parts), "more_body": False}

    async def replay() -> Message:
        nonlocal first
        if first is None:
            return await receive()
        message, first = first, None
        return message

    return replay


def _note(scope: Scope, status: int, seconds: float) -> None:
    """A line and a figure per request. The route stands for the path: customers' ids are in no log."""
    route = getattr(scope.get("route"), "path", "none")
    metrics.REQUESTS.labels(scope["method"] if route != "none" else "any", route, status).observe(seconds)
    state = scope["state"]
    _log.info(
        "request",
        request_id=state["request_id"],
        method=scope["method"],
        route=route,
        status=status,
        ms=round(1e3 * seconds, 2),
        client=(scope.get("client") or ("unknown", 0))[0],
        **state.get("told", {}),
    )
