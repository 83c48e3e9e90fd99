"""The application: routes, the gate before them, the service behind them, the documents about them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from infra.settings import Settings
from warehouse.api import metrics, problems
from warehouse.api.gate import Gate
from warehouse.api.limits import RateLimit
from warehouse.api.pages import page
from warehouse.api.routes import router
from warehouse.api.service import CLIENTS, Service

VERSION = "1"
WRITERS = 4
"""Batches of events written down at once; in threads of their own, which a store that hangs does not keep busy."""


def create_app(settings: Settings, service: Service) -> FastAPI:
    """The API in front of a service, which begins and ends with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.readers, app.state.writers = anyio.CapacityLimiter(4 * CLIENTS), anyio.CapacityLimiter(WRITERS)
        service.carrier.start()
        depth = metrics.SpoolDepth(service.spools)
        metrics.REGISTRY.register(depth)
        yield
        metrics.REGISTRY.unregister(depth)
        await anyio.to_thread.run_sync(service.close)

    app = FastAPI(
        title="Recommendations",
        version=VERSION,
        description="Twelve articles per customer, each with its reason; similar, complementary and popular articles; "
        "experiments, and what customers did.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.service = service
    app.include_router(router)
    app.add_middleware(Gate, api_key=settings.api_key, rate=RateLimit(settings.api_rate))
    problems.add_handlers(app)
    app.openapi = lambda: _documented(app, needs_key=bool(settings.api_key))  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()))

    return app


def _documented(app: FastAPI, needs_key: bool) -> dict[str, Any]:
    """The OpenAPI document, with problems under their own media type and the key where one is needed."""
    if app.openapi_schema:
        return app.openapi_schema
    document = FastAPI.openapi(app)
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if needs_key:
        schemes = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["components"]["securitySchemes"] = schemes
        document["security"] = [{"key": []}, {"bearer": []}]
    return document
