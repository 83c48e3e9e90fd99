"""`hm experiment simulate`: what must hold before simulated customers come, and the progress of their days."""

import asyncio

from hm.progress import Progress
from infra.errors import UserError
from infra.settings import Settings
from warehouse.experiments.definition import Experiment
from warehouse.experiments.health import shown
from warehouse.experiments.simulation.api import Api
from warehouse.experiments.simulation.behaviour import Behaviour
from warehouse.experiments.simulation.clear import clear
from warehouse.experiments.simulation.simulate import Simulated
from warehouse.experiments.simulation.simulate import simulate as run_days
from warehouse.experiments.simulation.tastes import tastes
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.store import open_store


class SimulationError(UserError):
    """Simulated customers cannot be let in as things are."""


def simulate(
    settings: Settings, experiment: Experiment, customers: int, seed: int, url: str | None, *, fresh: bool
) -> Simulated:
    """Simulated customers through the API at `url`, or at this machine's own.

    Raises:
        SimulationError: there are simulated customers of this experiment already.
        ApiError: no API answers.
    """
    progress = Progress()
    _make_room(settings, experiment, fresh=fresh)
    known = tastes(Catalogue(settings), customers, seed)
    where = url or f"http://{settings.api_host}:{settings.api_port}"

    async def days() -> Simulated:
        async with Api(where, settings.api_key) as api:
            return await run_days(api, experiment, known, Behaviour(), seed, progress.say)

    with progress.step("simulate", f"{len(known.ids):,} simulated customers, {experiment.name}"):
        return asyncio.run(days())


def _make_room(settings: Settings, experiment: Experiment, *, fresh: bool) -> None:
    with open_store(settings) as client:
        if fresh:
            clear(client, experiment)
        elif found := shown(client).get((experiment.name, True)):
            raise SimulationError(
                f"{experiment.name} has {found.customers:,} simulated customers already, and two crowds must not mix; "
                "--fresh removes them first."
            )
