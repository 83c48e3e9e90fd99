"""A training run on disk: the models, and run.json with everything needed to use and to judge them."""

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import lightgbm as lgb

from infra.errors import UserError
from models.ranking.config import RankerConfig
from models.ranking.layout import Layout

RUN_FILE = "run.json"


class MissingRunError(UserError):
    """No training run where one was looked for."""


class FeatureMismatchError(UserError):
    """The tables offer other features than the run was trained with."""


@dataclass(frozen=True)
class Run:
    """A trained ranker and what it was trained on.

    Attributes:
        run_id: name of its folder.
        as_of_date: the date it was trained for; it saw nothing of this day or later.
        weeks: as-of dates of its label weeks, latest first.
        features: names in the order of the models' columns.
        layout: what the feature columns mean.
        config: settings of the training.
        metrics: rows, positives, gain per feature.
        stamps: input stamps, as the caller gave them.
        code_version: version of the code, as the caller gave it.
        boosters: LightGBM models by name, `objective-seed`.
    """

    run_id: str
    as_of_date: date
    weeks: tuple[date, ...]
    features: tuple[str, ...]
    layout: Layout
    config: RankerConfig
    metrics: dict[str, object]
    stamps: dict[str, object] = field(default_factory=dict)
    code_version: str = ""
    boosters: dict[str, lgb.Booster] = field(default_factory=dict, repr=False)

    def check_features(self, offered: tuple[str, ...]) -> None:
        """That the tables offer exactly the features the models know, in their order.

        Raises:
            FeatureMismatchError: naming what is missing and what is new.
        """
        if offered == self.features:
            return
        missing = ", ".join(sorted(set(self.features) - set(offered))) or "none"
        new = ", ".join(sorted(set(offered) - set(self.features))) or "none"
        raise FeatureMismatchError(
            f"Run {self.run_id} was trained with other features (missing now: {missing}; new: {new}); "
            f"`hm train` makes a run that fits."
        )

    def save(self, folder: Path) -> None:
        """Write the run; the folder appears whole or not at all, and replaces one of the same name."""
        fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name, booster in self.boosters.items():
            booster.save_model(fresh / f"{name}.txt")
        (fresh / RUN_FILE).write_text(json.dumps(self.to_json(), indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)

    def to_json(self) -> dict[str, object]:
        """Everything but the models; the same for the same inputs, so it carries no time of day."""
        return {
            "run_id": self.run_id,
            "as_of_date": str(self.as_of_date),
            "weeks": [str(w) for w in self.weeks],
            "config": self.config.model_dump(mode="json"),
            "models": list(self.boosters),
            "metrics": self.metrics,
            "code_version": self.code_version,
            "stamps": self.stamps,
            "features": list(self.features),
            "layout": asdict(self.layout),
        }


def load_run(folder: Path) -> Run:
    """Read a run back.

    Raises:
        MissingRunError: the folder holds none.
    """
    try:
        told = json.loads((folder / RUN_FILE).read_text())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingRunError(f"{folder} holds no training run; `hm train` makes one.") from error
    return Run(
        run_id=told["run_id"],
        as_of_date=date.fromisoformat(told["as_of_date"]),
        weeks=tuple(date.fromisoformat(w) for w in told["weeks"]),
        features=tuple(told["features"]),
        layout=Layout.from_json(told["layout"]),
        config=RankerConfig(**told["config"]),
        metrics=told["metrics"],
        stamps=told["stamps"],
        code_version=told["code_version"],
        boosters={name: lgb.Booster(model_file=folder / f"{name}.txt") for name in told["models"]},
    )
