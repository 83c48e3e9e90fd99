"""From the store's integer sums to the moments that statistics need."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from clickhouse_connect.driver.client import Client
from tea_tasting.aggr import Aggregates

from warehouse.experiments.definition import Experiment
from warehouse.experiments.metrics import QUANTITIES, SCALE

COLUMNS = (*QUANTITIES, *(f"pre_{name}" for name in QUANTITIES))
"""Order of the arrays of the view experiment_sums: what followed the first exposure, then the days before it."""
_UNITS = tuple(SCALE.get(name.removeprefix("pre_"), 1) for name in COLUMNS)

_SUMS = """
select variant, customers, sums, products
from experiment_sums(
    experiment = {experiment:String},
    starts = {starts:DateTime64(3, 'UTC')},
    ends = {ends:DateTime64(3, 'UTC')},
    is_simulated = {is_simulated:Bool},
    pre_days = {pre_days:UInt16}
)
"""


@dataclass(frozen=True)
class Sums:
    """Customers of one variant, sums of their quantities and of all products of two, in whole units."""

    customers: int
    sums: tuple[int, ...]
    products: tuple[int, ...]

    def aggregates(self) -> Aggregates:
        """Means, variances and covariances by column of `COLUMNS`; exact integers up to the last division."""
        n = self.customers
        mean = {name: self.sums[i] / n / _UNITS[i] if n else 0.0 for i, name in enumerate(COLUMNS)}
        cov = {(a, b): self._cov(i, j) for i, a in enumerate(COLUMNS) for j, b in enumerate(COLUMNS) if i <= j}
        return Aggregates(n, mean, {name: cov[name, name] for name in COLUMNS}, cov)

    def _cov(self, i: int, j: int) -> float:
        n = self.customers
        if n < 2:
            return 0.0
        scaled = n * self.products[i * len(COLUMNS) + j] - self.sums[i] * self.sums[j]
        return scaled / (n * (n - 1)) / (_UNITS[i] * _UNITS[j])


def read(client: Client, experiment: Experiment, until: datetime, is_simulated: bool) -> dict[str, Sums]:
    """Sums by variant, of events before `until`; variants that nobody was shown are not in it."""
    rows = client.query(_SUMS, parameters=_bound(experiment, until, is_simulated))
    return {variant: Sums(int(n), tuple(sums), tuple(products)) for variant, n, sums, products in rows.result_rows}


def before(client: Client, experiment: Experiment, is_simulated: bool) -> Sums | None:
    """Sums of everybody who did something in a stretch as long as the experiment, before its start; None: nobody did."""
    starts = experiment.starts - (experiment.ends - experiment.starts)
    bound = _bound(experiment, experiment.ends, is_simulated) | {
        "experiment": "",
        "starts": starts,
        "ends": experiment.starts,
    }
    rows = client.query(_SUMS, parameters=bound).result_rows
    return Sums(int(rows[0][1]), tuple(rows[0][2]), tuple(rows[0][3])) if rows else None


def _bound(experiment: Experiment, until: datetime, is_simulated: bool) -> dict[str, object]:
    return {
        "experiment": experiment.name,
        "starts": experiment.starts,
        "ends": min(until, experiment.ends),
        "is_simulated": is_simulated,
        "pre_days": experiment.pre_days,
    }


def of_rows(quantities: np.ndarray) -> Sums:
    """The same sums of rows in memory, for checks and planning.

    Args:
        quantities: int64, one row per customer, columns `COLUMNS` in whole units.
    """
    rows = quantities.astype(np.int64)
    products = rows.T @ rows
    return Sums(len(rows), tuple(rows.sum(0).tolist()), tuple(products.ravel().tolist()))
