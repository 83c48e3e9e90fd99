"""Replay: of past weeks, which variant's list would have held what was bought. Never an A/B result.

Nobody was shown these lists: people bought what they found in the shop of that week. A list that holds what was bought
anyway scores well here and may sell nothing more; only an experiment tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from warehouse.experiments.definition import Experiment
from warehouse.experiments.errors import NoDataError

NOTE = "Replay of past purchases, not an A/B result: nobody was shown these lists."


@dataclass(frozen=True)
class Replayed:
    """One variant on one past week, or pooled over all of them.

    Attributes:
        system: name in the evaluation.
        week: first day that its list did not see; what was bought in the seven days from it on is the truth.
        buyers: customers who bought then.
        hit_rate: share of them whose list held something they bought; `map12`: MAP@12 and its bootstrap interval.
    """

    variant: str
    serves: str
    system: str
    week: str
    buyers: int
    hit_rate: float
    map12: float
    map_low: float
    map_high: float

    def to_dict(self) -> dict[str, Any]:
        """Plain dict with the note of what it is not."""
        return asdict(self) | {"note": NOTE}


SYSTEMS: Mapping[str, str] = {
    "full_system": "full system",
    "popular": "popular decayed",
    "user_based": "user-kNN",
    "als": "ALS",
}
"""Policy -> the system of `hm evaluate` that makes its lists."""


def replayed(experiment: Experiment, rows: Sequence[Mapping[str, Any]]) -> list[Replayed]:
    """Every variant on every judged week, and pooled over them.

    Args:
        rows: of an evaluation (models.evaluation.report): system, week, buyers, hit_rate_at_12, map_at_12 and its interval.

    Raises:
        NoDataError: no variant serves what can be replayed.
    """
    systems = {v: SYSTEMS[v.serves] for v in experiment.variants if v.serves in SYSTEMS}
    if not systems:
        raise NoDataError(
            f"No variant of {experiment.name} serves one of {', '.join(SYSTEMS)}: a published run saw days that a past week "
            "must not, and what the caller decides is not known here."
        )
    return [
        Replayed(variant.name, variant.serves or "", system, row["week"], row["buyers"], *(row[name] for name in _FIGURES))
        for variant, system in systems.items()
        for row in rows
        if row["system"] == system and row["kind"] != "source"
    ]


_FIGURES = ("hit_rate_at_12", "map_at_12", "map_low", "map_high")
