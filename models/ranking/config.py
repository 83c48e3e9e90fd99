"""What a training run may be told, frozen and kept with the run."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from infra.errors import UserError

Objective = Literal["binary", "lambdarank"]


class RankerConfig(BaseModel):
    """Settings of a training run; equal settings on equal inputs give equal bytes.

    Attributes:
        objectives: one model per objective and seed; their opinions are averaged.
        seeds: seeds of LightGBM's sampling of rows and columns.
        n_trees: trees per model; fixed, so no week has to be held out to stop early.
        deepest_rank: candidates that no source ranked at least so well are left out, in learning and in scoring: on the real
            log they are more than half of all rows and move MAP@12 by less than the noise.
        negative_share: share learned from of the candidates that were not bought; drawn by a hash that sees ids only.
        max_rows: learning rows at most; above it, customers are drawn by a hash of their ids.
        shortlist: candidates of a customer that all models score; the first model chooses them out of all candidates. 24 of
            the real log's 90 already give the same MAP@12 as all, for half the time.
        without_sources: candidate sources left out, to learn what they are worth.
        without_features: groups of features (what stands before the dot of their names) that no model sees, likewise.
        shuffle_labels: seed by which the labels are shuffled within each customer and week: a leak hunt's control, which has
            learned nothing; None leaves them.
        num_threads: LightGBM's threads; the models do not depend on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    objectives: tuple[Objective, ...] = ("binary", "lambdarank")
    seeds: tuple[int, ...] = (1, 2)
    n_trees: int = Field(60, ge=1)
    learning_rate: float = Field(0.12, gt=0)
    num_leaves: int = Field(24, ge=2)
    min_data_in_leaf: int = Field(50, ge=1)
    feature_fraction: float = Field(0.35, gt=0, le=1)
    bagging_fraction: float = Field(0.8, gt=0, le=1)
    lambda_l2: float = Field(5.0, ge=0)
    max_bin: int = Field(63, ge=2)
    truncation_level: int = Field(15, ge=1)
    deepest_rank: int = Field(24, ge=12)
    negative_share: float = Field(0.5, gt=0, le=1)
    max_rows: int = Field(1_000_000, ge=1)
    shortlist: int = Field(32, ge=12)
    without_sources: tuple[str, ...] = ()
    without_features: tuple[str, ...] = ()
    shuffle_labels: int | None = None
    num_threads: int = Field(2, ge=1, exclude=True)

    @property
    def dataset_params(self) -> dict[str, object]:
        """LightGBM's parameters that must be the same for all models of a run, so that they share one data set."""
        return {
            "max_bin": self.max_bin,
            "min_data_in_leaf": self.min_data_in_leaf,
            "data_random_seed": self.seeds[0],
            # The same bits for any number of threads and any machine load.
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.num_threads,
            "verbosity": -1,
        }

    def booster_params(self, objective: Objective, seed: int) -> dict[str, object]:
        """LightGBM's parameters of one model."""
        shared = {
            "objective": objective,
            "seed": seed,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.bagging_fraction,
            "bagging_freq": 1,
            "lambda_l2": self.lambda_l2,
        }
        own = {"lambdarank_truncation_level": self.truncation_level} if objective == "lambdarank" else {}
        return self.dataset_params | shared | own


class RankerConfigError(UserError):
    """The file that HM_RANKER_CONFIG names holds no settings of the ranker."""


def read_settings(file: str) -> dict[str, object]:
    """Settings in a file that `hm tune` wrote; none where no file is named.

    Raises:
        RankerConfigError: the file is not there, or is no such file.
    """
    if not file:
        return {}
    try:
        found = json.loads(Path(file).read_text())["config"]
        RankerConfig(**found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RankerConfigError(
            f"HM_RANKER_CONFIG names {file}, which holds no settings of the ranker ({type(error).__name__}); "
            f"`hm tune --out FILE` writes one, and without the setting the built-in ones hold."
        ) from error
    return found
