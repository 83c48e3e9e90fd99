"""Removing what simulated customers left, so that a simulation can be made anew."""

from datetime import timedelta

from clickhouse_connect.driver.client import Client

from warehouse.experiments.definition import Experiment

_EVENTS = """
delete from events
where is_simulated
    and at >= {starts:DateTime64(3, 'UTC')} and at < {ends:DateTime64(3, 'UTC')}
"""


def clear(client: Client, experiment: Experiment) -> None:
    """Remove an experiment's simulated exposures, and simulated events from its days before to its end; real rows stay."""
    client.command(
        "delete from exposures where is_simulated and experiment = {experiment:String}",
        parameters={"experiment": experiment.name},
    )
    starts = experiment.starts - timedelta(days=experiment.pre_days)
    client.command(_EVENTS, parameters={"starts": starts, "ends": experiment.ends + timedelta(days=1)})
