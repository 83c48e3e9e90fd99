"""What there is to do: for every step, what its result depends on and whether its stamp still stands.

A step's parts name what its result depends on; `warehouse.stamps` hashes them. Dates are stamped one by one, so a new week
costs what the week holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from infra.settings import REPO, Settings
from warehouse import calendar, landings
from warehouse.calendar import LandedSpan
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.rules import load_configured
from warehouse.stamps import Stamps, code_stamp, digest

if TYPE_CHECKING:
    from models.reranking import Reranking

LOCK = REPO / "requirements.lock"
"""Another version of a library may give another result."""
DBT = [REPO / "dbt_project", LOCK]
CANDIDATE_CODE = [
    LOCK,
    *(REPO / "models" / p for p in ("axis.py", "decay.py", "interactions.py", "candidates", "build_candidates.py")),
]
RANKING_CODE = [*CANDIDATE_CODE, REPO / "models" / "ranking"]
RECOMMEND_CODE = [
    *RANKING_CODE,
    REPO / "models" / "recommend.py",
    REPO / "models" / "cold_start.py",
    REPO / "models" / "reranking.py",
    REPO / "models" / "reasons.py",
    REPO / "warehouse" / "quality",
]
EVALUATION_CODE = [
    *RANKING_CODE,
    *(REPO / "models" / p for p in ("recommend.py", "cold_start.py", "reranking.py", "evaluation", "baselines.py")),
]
SERVING_CODE = [
    LOCK,
    REPO / "warehouse" / "serving",
    *(REPO / "models" / p for p in ("item_to_item", "policies.py")),
    REPO / "hm" / "publication.py",
]
EVERYONE = "everyone"


@dataclass(frozen=True)
class Pending:
    """One piece of work of a step: its stamp's name and parts, and why it has to be done (empty: it stands)."""

    name: str
    parts: dict[str, object]
    why: list[str]


def wanted_policies(settings: Settings) -> list[str]:
    """Policies with lists of their own that an experiment serves: these are published too.

    Whether it still runs does not matter: customers are simulated in weeks that are long gone.
    """
    from warehouse.experiments.definition import load_configured as experiments
    from warehouse.serving.policies import LISTED

    wanted = {variant.serves for experiment in experiments(settings) for variant in experiment.variants}
    return [name for name in LISTED if name in wanted]


class Plan:
    """The steps of one environment for one as-of date.

    Args:
        settings: the environment.
        as_of_date: first day that may not be seen; the day after the last landed day by default.
        weeks: label weeks to learn from.
    """

    def __init__(self, settings: Settings, as_of_date: date | None = None, weeks: int = calendar.TRAIN_WEEKS):
        self.settings = settings
        self.catalogue = Catalogue(settings)
        self.stamps = Stamps(settings)
        self.weeks = weeks
        self._asked_date = as_of_date

    @cached_property
    def span(self) -> LandedSpan:
        return landings.landed_span(self.catalogue)

    @property
    def as_of_date(self) -> date:
        return self._asked_date or self.span.as_of_date

    @property
    def reranking(self) -> "Reranking":
        """What is done to finished lists."""
        from models.reranking import Reranking

        return Reranking(self.settings.max_per_product, self.settings.diversity)

    @cached_property
    def ranker_settings(self) -> dict[str, object]:
        """Settings of the ranker that HM_RANKER_CONFIG names; none: the built-in ones.

        Raises:
            RankerConfigError: it names no such file.
        """
        if not self.settings.ranker_config:
            return {}
        from models.ranking.config import read_settings

        return read_settings(self.settings.ranker_config)

    @property
    def _moved(self) -> dict[str, object]:
        """The same as a part of stamps: none where nothing is done."""
        knobs = {"max_per_product": self.settings.max_per_product, "diversity": self.settings.diversity}
        return {"reranking": knobs} if any(knobs.values()) else {}

    # -- what there is to do ------------------------------------------------------------------------------------------

    def pending(self, name: str, parts: dict[str, object], exists: Callable[[], bool] = lambda: True) -> Pending:
        why = self.stamps.changed(name, parts)
        return Pending(name, parts, why or ([] if exists() else ["result is gone"]))

    def _has(self, table: str, day: date) -> Callable[[], bool]:
        return lambda: day in self.catalogue.as_of_dates(table)

    def core(self) -> Pending:
        everything = landings.seen_before(self.catalogue, date.max)
        return self.pending("build:core", {"landings": everything, "sql": code_stamp(DBT)})

    def build(self, day: date) -> Pending:
        """Features of a date: of everyone, where readers are recommended to; of the label week's buyers, where it is learned
        from only."""
        given = {"landings": landings.seen_before(self.catalogue, day), "sql": code_stamp(DBT)}
        everyone = self._build(day, given, EVERYONE)
        is_labelled = day + calendar.WEEK <= self.span.as_of_date
        if day == self.as_of_date or not is_labelled or not everyone.why:
            return everyone
        buyers = {"buyers of the week": landings.seen_before(self.catalogue, day + calendar.WEEK)}
        return self._build(day, given, buyers)

    def _build(self, day: date, given: dict[str, object], customers: object) -> Pending:
        parts = {**given, "customers": customers}
        return self.pending(f"build:{day}", parts, self._has("marts.customer_features", day))

    def learning_dates(self, days: Sequence[date]) -> list[date]:
        """The dates that hold the buyers of their label week only, among these and all that were built."""
        built = {name: self.stamps.parts(name) for name in self.stamps.names() if name.startswith("build:")}
        parts = built | {(piece := self.build(day)).name: piece.parts for day in days}
        learning = [name for name, p in parts.items() if p.get("customers", EVERYONE) != EVERYONE]
        return sorted(date.fromisoformat(name.removeprefix("build:")) for name in learning)

    def candidates(self, day: date) -> Pending:
        parts = {
            "features": self.stamps.get(f"build:{day}"),
            "labels": landings.seen_before(self.catalogue, day + calendar.WEEK),
            "code": code_stamp(CANDIDATE_CODE),
        }
        return self.pending(f"candidates:{day}", parts, self._has("recs.candidates", day))

    def train(self, day: date) -> Pending:
        weeks = calendar.training_dates(day, self.span.first_day, self.weeks)
        parts = {
            "weeks": [str(d) for d in weeks],
            "features": [self.stamps.get(f"build:{d}") for d in weeks],
            "candidates": [self.stamps.get(f"candidates:{d}") for d in weeks],
            "code": code_stamp(RANKING_CODE),
            **({"settings": found} if (found := self.ranker_settings) else {}),
        }
        return self.pending(f"train:{day}", parts, lambda: self.run_dir(day).is_dir())

    def recommend(self) -> Pending:
        day = self.as_of_date
        parts = {
            "model": self.stamps.get(f"train:{day}"),
            "features": self.stamps.get(f"build:{day}"),
            "code": code_stamp(RECOMMEND_CODE),
            **self._moved,
        }
        return self.pending(f"recommend:{day}", parts, self._has("recs.recommendations", day))

    def evaluate(self, days: list[date]) -> Pending:
        parts = {
            "weeks": [str(d) for d in days],
            "models": [self.stamps.get(f"train:{d}") for d in days],
            "candidates": [self.stamps.get(f"candidates:{d}") for d in days],
            "code": code_stamp(EVALUATION_CODE),
            **self._moved,
        }
        return self.pending(f"evaluate:{self.as_of_date}:{len(days)}", parts, self.metrics_file(len(days)).is_file)

    def publish(self) -> Pending:
        day = self.as_of_date
        rules, policies = load_configured(self.settings).stamp, wanted_policies(self.settings)
        parts = {
            "recommendations": self.stamps.get(f"recommend:{day}"),
            "code": code_stamp(SERVING_CODE),
            **({"rules": rules} if rules else {}),
            **({"policies": policies} if policies else {}),
        }
        return self.pending(f"publish:{day}", parts)

    # -- where results are --------------------------------------------------------------------------------------------

    def run_dir(self, day: date) -> Path:
        """Folder of the model trained to recommend as of a day."""
        return self.settings.runs_dir / str(self.stamps.result(f"train:{day}").get("run_id", "none"))

    def run_id(self, day: date, parts: dict[str, object]) -> str:
        return f"{day}-{digest(parts)[:8]}"

    def judged_file(self, run_dir: Path, week: date) -> Path:
        """What a run scored with every buyer of a week: beside the model, named after all else that it depends on."""
        parts = {
            "features": self.stamps.get(f"build:{week}"),
            "candidates": self.stamps.get(f"candidates:{week}"),
            "code": code_stamp(EVALUATION_CODE),
            **self._moved,
        }
        return run_dir / f"judged-{week}-{digest(parts)[:8]}.parquet"

    def metrics_file(self, weeks: int) -> Path:
        """JSON of the last evaluation over so many weeks before the plan's date."""
        return self.settings.reports_dir / f"evaluation-{self.as_of_date}-{weeks}w.json"

    def quality(self) -> Pending:
        """The checks of the landed tables."""
        everything = landings.seen_before(self.catalogue, date.max)
        parts = {"landings": everything, "code": code_stamp([REPO / "warehouse" / "quality"])}
        return self.pending("quality", parts)

    def explain(self, evaluation_weeks: int) -> list[Pending]:
        """Every piece of a whole run with what changed for it, in order of doing."""
        evaluated = calendar.evaluation_dates(self.as_of_date, evaluation_weeks)
        days = calendar.chain_dates(self.span, self.as_of_date, evaluated, self.weeks)
        labelled = [d for d in days if d < self.as_of_date]
        return [
            self.quality(),
            self.core(),
            *(self.build(d) for d in days),
            *(self.candidates(d) for d in labelled),
            *(self.train(d) for d in (*evaluated, self.as_of_date)),
            self.evaluate(evaluated),
            self.recommend(),
            self.publish(),
        ]
