"""The HTTP API as a simulated customer's device meets it: asks for a list, reports events; patient with a busy server."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from infra.errors import UserError

AT_ONCE = 8
"""Requests under way at once."""
BATCH = 500
"""Events of one request; the API takes 1,000."""
PATIENCE_S = 60


class ApiError(UserError):
    """The API does not answer, or does not take what was sent."""


class _BusyError(Exception):
    """An answer that asks to come again."""


class Api:
    """A client of the recommendations API; an async context manager.

    Args:
        url: where it listens.
        api_key: sent as X-API-Key where there is one.
        transport: instead of the network, for tests.
    """

    def __init__(self, url: str, api_key: str = "", transport: httpx.AsyncBaseTransport | None = None):
        self.url = url.rstrip("/")
        self.requests = 0
        headers = {"x-api-key": api_key} if api_key else {}
        limits = httpx.Limits(max_connections=AT_ONCE)
        self._client = httpx.AsyncClient(base_url=self.url, headers=headers, transport=transport, limits=limits, timeout=30)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> "Api":
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *why: object) -> None:
        await self._client.__aexit__(*why)

    async def ready(self) -> dict[str, Any]:
        """What the API serves.

        Raises:
            ApiError: nobody answers, or nothing is published.
        """
        return await self._ask("GET", "/readyz")

    async def lists(self, customers: Sequence[str], at: Sequence[datetime], n: int) -> list[dict[str, Any]]:
        """The answers for many customers, each at a simulated moment."""
        asked = (
            self._ask("GET", f"/recommendations/{c}", params={"n": n, "simulated": "true", "at": moment.isoformat()})
            for c, moment in zip(customers, at, strict=True)
        )
        return await asyncio.gather(*asked)

    async def send(self, events: Sequence[dict[str, Any]]) -> int:
        """Report events; returns how many were taken."""
        parts = [events[i : i + BATCH] for i in range(0, len(events), BATCH)]
        answers = await asyncio.gather(*(self._ask("POST", "/events", json={"events": list(part)}) for part in parts))
        return sum(answer["accepted"] for answer in answers)

    async def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        again = AsyncRetrying(
            retry=retry_if_exception_type((_BusyError, httpx.TransportError)),
            wait=wait_random_exponential(0.05, 5),
            stop=stop_after_delay(PATIENCE_S if path != "/readyz" else 0),
            reraise=True,
        )
        try:
            async for attempt in again:
                with attempt:
                    return await self._once(method, path, **given)
        except _BusyError as error:
            raise ApiError(f"The API at {self.url} answers {error} to {method} {path}; look at its log.") from error
        except httpx.TransportError as error:
            raise ApiError(
                f"No API answers at {self.url} ({error}); start one with `hm serve`, or name it by --url."
            ) from error
        raise AssertionError("unreachable")

    async def _once(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        async with self._places:
            answer = await self._client.request(method, path, **given)
        self.requests += 1
        if answer.status_code in (429, 502, 503, 504):
            raise _BusyError(f"{answer.status_code} {answer.text[:200]}")
        if answer.is_error:
            raise ApiError(f"The API at {self.url} answers {answer.status_code} to {method} {path}: {answer.text[:300]}")
        return answer.json()
