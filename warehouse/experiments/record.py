"""What experiments.yml says, written into the store for readers who do not have the file: dashboards, analysts."""

from collections.abc import Sequence
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from infra.settings import Settings
from warehouse.experiments.assignment import shares
from warehouse.experiments.definition import Experiment, load_configured
from warehouse.experiments.metrics import METRICS

_TOLD = "experiment, place, variant, is_control, share, starts, ends, goal, goal_title, goal_above, goal_below"


def record(client: Client, experiments: Sequence[Experiment]) -> None:
    """Write every experiment that the store knows otherwise; doing it again changes nothing."""
    known = {tuple(row) for row in client.query(f"select {_TOLD} from experiment_variants").result_rows}
    now = datetime.now(UTC)
    for experiment in experiments:
        rows = _rows(experiment)
        if {_without_zone(row) for row in rows} != {_without_zone(row) for row in known if row[0] == experiment.name}:
            names = ["defined_at", *_TOLD.split(", ")]
            client.insert("defined_variants", [[now, *row] for row in rows], column_names=names)


def record_configured(client: Client, settings: Settings) -> None:
    """The same with the experiments of this environment.

    Raises:
        DefinitionError: the file is wrong.
    """
    record(client, load_configured(settings))


def _rows(experiment: Experiment) -> list[tuple]:
    share, goal = shares(experiment), METRICS[experiment.goal]
    decides = (experiment.starts, experiment.ends, goal.name, goal.title, goal.numerator, goal.denominator or "")
    return [
        (experiment.name, i, variant.name, variant.name == experiment.control, share[variant.name], *decides)
        for i, variant in enumerate(experiment.variants)
    ]


def _without_zone(row: tuple) -> tuple:
    """Moments as the store gives them back: UTC, and no zone said."""
    return tuple(cell.astimezone(UTC).replace(tzinfo=None) if getattr(cell, "tzinfo", None) else cell for cell in row)
