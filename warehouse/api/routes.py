"""The routes: input to the service, its answer to a shape."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar

import anyio
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from warehouse.api import metrics
from warehouse.api.problems import Problem
from warehouse.api.service import Service
from warehouse.api.shapes import (
    ARTICLE_ID,
    CUSTOMER_ID,
    Accepted,
    Events,
    Experiments,
    ExperimentShown,
    Health,
    Moment,
    N,
    Ready,
    Recommendations,
)
from warehouse.serving.errors import NothingPublishedError
from warehouse.serving.popular import PopularResult, popular
from warehouse.serving.runs import runs, served
from warehouse.serving.shelf import Segment
from warehouse.serving.similar import COMPLEMENTS, SUBSTITUTES, AroundResult, around

router = APIRouter()
T = TypeVar("T")

_EVERY = {429: "Asked too often", 401: "No API key, or a wrong one", 414: "Path or query too long", 422: "Input at fault"}
_AWAY = {503: "The store does not answer, or nothing is published yet"}
_SIZE = {408: "The body came too slowly", 413: "The body is too long", 400: "The body is not JSON"}

CustomerId = Annotated[str, Path(pattern=CUSTOMER_ID, description="customer_id: 64 hexadecimal digits")]
ArticleId = Annotated[str, Path(pattern=ARTICLE_ID, description="article_id: 10 digits; a lost leading zero is given back")]
Part = Annotated[str, Query(max_length=40, pattern=r"^[\w+ -]+$")]


def _problems(*kinds: dict[int, str]) -> dict:
    return {status: {"model": Problem, "description": text} for kind in (*kinds, _EVERY) for status, text in kind.items()}


async def _asked(request: Request, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Done with the service in a thread that may wait for the store."""
    state = request.app.state
    return await anyio.to_thread.run_sync(partial(call, state.service, *args, **kwargs), limiter=state.readers)


@router.get("/recommendations/{customer_id}", tags=["answers"], responses=_problems(_AWAY))
async def recommendations(
    request: Request,
    customer_id: CustomerId,
    n: N = 12,
    simulated: Annotated[bool, Query(description="The customer is a simulated one; so is the exposure")] = False,
    at: Annotated[Moment | None, Query(description="With simulated: the moment whose experiments count")] = None,
) -> Recommendations:
    """A customer's articles, best first, with the reason for each.

    Own list, then what is popular in the age group, then what is popular overall, up to n: every article says which. Where
    an experiment runs, the variant's lists are served and an exposure is recorded.
    """
    request_id, moment = request.state.request_id, at if simulated else None
    found, assigned = await _asked(request, Service.recommend, customer_id, n, request_id, is_simulated=simulated, at=moment)
    request.state.told = {"run": found.run, "answered_by": found.answered_by}
    return Recommendations.model_construct(**vars(found), experiments=assigned)


@router.get("/similar/{article_id}", tags=["answers"], responses=_problems(_AWAY, {404: "No such article"}))
async def similar(request: Request, article_id: ArticleId, n: N = 12) -> AroundResult:
    """What to show instead of an article, nearest first."""
    return await _asked(request, _around, SUBSTITUTES, article_id, n)


@router.get("/complements/{article_id}", tags=["answers"], responses=_problems(_AWAY, {404: "No such article"}))
async def complements(request: Request, article_id: ArticleId, n: N = 12) -> AroundResult:
    """What goes with an article, strongest first."""
    return await _asked(request, _around, COMPLEMENTS, article_id, n)


def _around(service: Service, kind: str, article_id: str, n: int) -> AroundResult:
    with service.client() as client:
        return around(client, kind, article_id, n, service.shelf)


@router.get("/popular", tags=["answers"], responses=_problems(_AWAY, {404: "No such segment"}))
async def popular_articles(
    request: Request, n: N = 12, age_bin: Part = "all", index_group: Part = "all", sales_channel: Part = "all"
) -> PopularResult:
    """What a segment buys most; `all` stands for any age bin, index group number or sales channel number."""
    return await _asked(request, _popular, Segment(age_bin, index_group, sales_channel), n)


def _popular(service: Service, segment: Segment, n: int) -> PopularResult:
    with service.client() as client:
        return popular(client, segment, n, shelf=service.shelf)


@router.post("/events", status_code=202, tags=["experiments"], responses=_problems(_SIZE, {503: "The spool is full"}))
async def events(request: Request, batch: Events) -> Accepted:
    """What customers did, at most 1,000 at a time. Accepted means on disk; it is in ClickHouse within seconds.

    An event sent again with the same event_id is taken once.
    """
    state = request.app.state
    take = partial(state.service.take, batch.events, request.state.request_id)
    return await anyio.to_thread.run_sync(take, limiter=state.writers)


@router.get("/experiments", tags=["experiments"], responses=_problems())
async def experiments(request: Request) -> Experiments:
    """The experiments of experiments.yml and whether they run."""
    return await _asked(request, _experiments)


def _experiments(service: Service) -> Experiments:
    known, now = service.experiments.known(), service.now()
    shown = [ExperimentShown.model_validate({**e.model_dump(), "is_running": e.runs_at(now)}) for e in known]
    return Experiments(experiments=shown, fault=service.experiments.fault)


@router.get("/healthz", tags=["operation"])
async def healthz() -> Health:
    """The process is alive."""
    return Health()


@router.get("/readyz", tags=["operation"], responses={503: {"model": Problem, "description": "It cannot answer yet"}})
async def readyz(request: Request) -> Ready:
    """It can answer: the store is there, and a run is published."""
    return await _asked(request, _ready)


def _ready(service: Service) -> Ready:
    with service.client() as client:
        run = served(runs(client))
    if run is None:
        raise NothingPublishedError("Nothing is published yet; `hm publish` puts the latest recommendations into the store.")
    return Ready(run=run.run, as_of_date=run.as_of_date, is_synthetic=bool(run.metrics.get("synthetic")))


@router.get("/metrics", tags=["operation"], response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics_page(request: Request) -> Response:
    """Prometheus' metrics: seconds by route, levels that answered, depth of the spool."""
    return Response(metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")
