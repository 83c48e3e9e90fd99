"""A whole experiment, day by day: who comes, what they are served over HTTP, what they do, what is reported."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from warehouse.experiments.definition import Experiment
from warehouse.experiments.simulation.api import Api
from warehouse.experiments.simulation.behaviour import Behaviour, Crowd, Visits, visit
from warehouse.experiments.simulation.tastes import Tastes

SHOWN = 12
SAY_S = 10
"""Seconds between two lines of progress."""
STEP_S = 10
"""Seconds between two looks; all that a visit leaves is dated after the list was served."""


@dataclass
class Simulated:
    """What a simulation did.

    Attributes:
        variants: customers served by variant; `sessions`, `purchases`: of the experiment's days, by variant.
        before: events of the days before the start.
    """

    experiment: str
    customers: int
    run: int
    seed: int
    behaviour: Behaviour
    variants: Counter = field(default_factory=Counter)
    sessions: Counter = field(default_factory=Counter)
    purchases: Counter = field(default_factory=Counter)
    before: int = 0
    events: int = 0
    requests: int = 0
    gone: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts."""
        return asdict(self) | {"simulated": True}


async def simulate(
    api: Api,
    experiment: Experiment,
    tastes: Tastes,
    behaviour: Behaviour,
    seed: int,
    say: Callable[[str], None],
) -> Simulated:
    """Run an experiment's days, and the days before the start that its covariate needs, through the API.

    The same seed sends the same events, which the store keeps once.

    Raises:
        ApiError: the API does not answer.
    """
    ready = await api.ready()
    done = Simulated(experiment.name, len(tastes.ids), ready.get("run", 0), seed, behaviour)
    world = _World(api, tastes, np.random.default_rng(seed), experiment, done)
    told_at = time.monotonic()
    for day in range(-experiment.pre_days, experiment.days):
        visitors = await world.day(day)
        if day == experiment.days - 1 or time.monotonic() - told_at >= SAY_S:
            told_at = time.monotonic()
            say(f"day {day + 1} of {experiment.days}: {visitors:,} visits, {done.events:,} events so far (simulated)")
    done.requests, done.gone = api.requests, int((~world.crowd.is_here).sum())
    return done


class _World:
    """All that lives from one day to the next."""

    def __init__(self, api: Api, tastes: Tastes, rng: np.random.Generator, experiment: Experiment, done: Simulated):
        self._api, self._tastes, self._rng, self._experiment, self._done = api, tastes, rng, experiment, done
        self._behaviour = done.behaviour
        self.crowd = Crowd.new(tastes.activity, self._behaviour, rng)
        self._had = np.zeros(0, np.int64)
        self._variant = np.full(len(tastes.ids), "", object)

    async def day(self, day: int) -> int:
        """One day; returns how many came."""
        who = self.crowd.visitors(self._rng)
        begins = self._experiment.starts + timedelta(days=day)
        seconds = self._rng.integers(8 * 3600, 22 * 3600, len(who))
        at = [begins + timedelta(seconds=int(second)) for second in seconds]
        answers = await self._api.lists(self._tastes.ids[who].tolist(), at, SHOWN)
        articles = [[article["article_id"] for article in answer["articles"]] for answer in answers]
        places = self._tastes.places(articles, SHOWN)
        visits = visit(
            self._tastes.affinity(who, places), np.isin(self._pairs(who, places), self._had), self._behaviour, self._rng
        )
        visits = Visits(*(part & (places >= 0) for part in (visits.viewed, visits.clicked, visits.bought)))
        self.crowd.remember(who, visits, self._behaviour, self._rng)
        self._had = np.union1d(self._had, self._pairs(who, places)[visits.bought])
        self._done.events += await self._api.send(self._told(day, who, at, articles, places, visits))
        self._count(day, who, answers, visits)
        return len(who)

    def _pairs(self, who: np.ndarray, places: np.ndarray) -> np.ndarray:
        """One number per customer and article."""
        return who[:, None] * len(self._tastes.price) + places

    def _told(
        self, day: int, who: np.ndarray, at: list[datetime], articles: list[list[str]], places: np.ndarray, visits: Visits
    ) -> list[dict[str, Any]]:
        """The events of a day; a visit's views, clicks and purchases, then the visit itself."""
        told = []
        for kind, where, offset in (
            ("view", visits.viewed, 1),
            ("click", visits.clicked, 3),
            ("purchase", visits.bought, 6),
        ):
            for row, column in np.argwhere(where).tolist():
                value = round(float(self._tastes.price[places[row, column]]), 4) if kind == "purchase" else 0
                moment = at[row] + timedelta(seconds=offset + STEP_S * column)
                told.append(self._event(kind, day, who[row], moment, articles[row][column], value))
        for row, steps in enumerate(visits.steps.tolist()):
            moment = at[row] + timedelta(seconds=STEP_S * (steps + 1))
            told.append(self._event("session", day, who[row], moment, None, steps))
        return told

    def _event(self, kind: str, day: int, who: int, at: datetime, article: str | None, value: float) -> dict[str, Any]:
        customer = self._tastes.ids[who]
        session = f"sim-{self._done.seed}-{day}-{customer[:12]}"
        name = f"{self._experiment.name}/{session}/{customer}/{kind}/{article}/{at.isoformat()}"
        return {
            "event_id": f"sim-{sha256(name.encode()).hexdigest()[:40]}",
            "kind": kind,
            "customer_id": customer,
            "article_id": article,
            "value": value,
            "at": at.isoformat(),
            "session_id": session,
            "simulated": True,
        }

    def _count(self, day: int, who: np.ndarray, answers: list[dict[str, Any]], visits: Visits) -> None:
        if day < 0:
            self._done.before = self._done.events
            return
        for row, answer in enumerate(answers):
            mine = [e["variant"] for e in answer["experiments"] if e["experiment"] == self._experiment.name]
            self._variant[who[row]] = mine[0] if mine else ""
        seen = self._variant[who]
        self._done.sessions.update(seen.tolist())
        self._done.purchases.update(dict(zip(*_sums(seen, visits.bought.sum(1)), strict=True)))
        self._done.variants = Counter(v for v in self._variant.tolist() if v)


def _sums(names: np.ndarray, values: np.ndarray) -> tuple[list[str], list[int]]:
    found, place = np.unique(names.astype(str), return_inverse=True)
    return found.tolist(), np.bincount(place, values, minlength=len(found)).astype(int).tolist()
