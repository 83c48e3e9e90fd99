"""Settings of the ranker, searched by Optuna on label weeks that lie before the judged ones.

A trial is trained and scored on each tuning week as a run is: learning weeks before it, the week itself unseen. What does
not change between trials (candidates, features) is opened once.
"""

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.candidates.stored import StoredCandidates
from models.evaluation.intervals import mean_interval
from models.evaluation.week import Week
from models.interactions import LABEL_DAYS, Interactions
from models.ranking.boosters import fit_boosters
from models.ranking.config import RankerConfig
from models.ranking.features import Features
from models.ranking.layout import Layout
from models.ranking.learning_set import LearningSet, learning_set, stored_proposals
from models.ranking.lists import SHOWN
from models.ranking.proposals import Proposals
from models.ranking.run import Run
from models.ranking.score import Scorer
from models.ranking.train import check_learnable, label_weeks, sources_of
from models.recommend import Recommender
from warehouse.hive.catalogue import Catalogue

if TYPE_CHECKING:
    import optuna

SEED = 1
SEARCHED = (
    "n_trees",
    "learning_rate",
    "num_leaves",
    "min_data_in_leaf",
    "feature_fraction",
    "bagging_fraction",
    "lambda_l2",
    "truncation_level",
)
"""Names of the settings that are searched."""
STARTUP_TRIALS = 8
"""Trials drawn at random before the sampler models what it has seen, and before a trial may be given up half way."""


def suggested(trial: "optuna.Trial") -> dict[str, object]:
    """One draw from the space that is searched."""
    return {
        "n_trees": trial.suggest_int("n_trees", 30, 240, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.3, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 8, 96, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 10, 400, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.15, 0.9),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 50.0, log=True),
        "truncation_level": trial.suggest_int("truncation_level", 8, 40),
    }


@dataclass(frozen=True)
class TuningWeek:
    """One week that settings are judged on, opened once.

    Attributes:
        week: its truth; its log ends with it.
        data: what a model of it learns from.
        recommender: makes lists as of it.
        features: those of its buyers.
        proposals: its stored candidates.
    """

    week: Week
    data: LearningSet
    recommender: Recommender
    features: Features
    proposals: Proposals

    @classmethod
    def open(cls, catalogue: Catalogue, log: Interactions, day: date, weeks: int, config: RankerConfig) -> "TuningWeek":
        """Read what the trials of a week have in common.

        Raises:
            MissingDataError: candidates or features of a week are not there.
            NothingToLearnError: no label week has a candidate that was bought.
        """
        log = log.before(day + timedelta(days=LABEL_DAYS))
        dates, seen = label_weeks(day, weeks), log.before(day)
        layout = Layout.learn(catalogue, log.articles, dates, sources_of(catalogue, log, dates))
        data = learning_set(catalogue, seen, dates, layout, config)
        check_learnable(data, dates)
        run = Run(f"tune-{day}", day, tuple(dates), data.names, layout, config, {})
        recommender, week = Recommender(catalogue, run, day, log), Week(log, day)
        features = recommender.side.of(week.truth.customer)
        stored = StoredCandidates.open(catalogue, log, day)
        proposals = stored_proposals(stored, week.truth.customer, layout.sources)
        return cls(week, data, recommender, features, proposals)

    def score(self, config: RankerConfig) -> np.ndarray:
        """Average precision of every buyer under a model of these settings."""
        run = self.recommender.run
        boosters = fit_boosters(self.data, list(run.layout.vocabularies), config, lambda _: None)
        scorer = Scorer(replace(run, config=config, boosters=boosters), self.features, config.num_threads)
        lists = self.recommender.lists(scorer, self.week.truth.customer, self.proposals, SHOWN)
        return self.week.score(lists.block).buyers["map_at_12"]


@dataclass(frozen=True)
class Tuning:
    """A search over some weeks, kept in a SQLite file: stopped, it goes on where it was.

    Attributes:
        weeks: what settings are judged on.
        base: the settings that a trial changes; the first trial is these themselves.
        storage: file of the trials.
        name: of the study in it; another log, code or week is another study.
    """

    weeks: list[TuningWeek]
    base: RankerConfig
    storage: Path
    name: str

    @property
    def buyers(self) -> np.ndarray:
        """The customers of all weeks, week by week."""
        return np.concatenate([one.week.truth.customer for one in self.weeks])

    def study(self) -> "optuna.Study":
        """The study, new or as it was left."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.storage.parent.mkdir(parents=True, exist_ok=True)
        found = optuna.create_study(
            study_name=self.name,
            storage=f"sqlite:///{self.storage}",
            direction="maximize",
            load_if_exists=True,
            sampler=optuna.samplers.TPESampler(seed=SEED, n_startup_trials=STARTUP_TRIALS),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
        )
        if not found.trials:
            found.enqueue_trial({name: getattr(self.base, name) for name in SEARCHED})
        return found

    def search(self, trials: int, minutes: float, progress: Callable[[str], None]) -> "optuna.Study":
        """Go on until the study has so many finished trials, or for so many minutes; at least one trial is finished."""
        study = self.study()
        if not any(t.value is not None for t in study.trials):
            self._go_on(study, 1, None, progress)
        if (todo := trials - finished(study)) > 0:
            self._go_on(study, todo, minutes * 60, progress)
        return study

    def _go_on(self, study: "optuna.Study", n: int, seconds: float | None, progress: Callable[[str], None]) -> None:
        study.optimize(self._objective, n, seconds, callbacks=[lambda s, t: progress(_line(s, t))])

    def _objective(self, trial: "optuna.Trial") -> float:
        import optuna

        config = self.base.model_copy(update=suggested(trial))
        scores: list[np.ndarray] = []
        for step, one in enumerate(self.weeks):
            scores.append(one.score(config))
            trial.report(float(np.concatenate(scores).mean()), step)
            if trial.should_prune() and step + 1 < len(self.weeks):
                raise optuna.TrialPruned
        return float(np.concatenate(scores).mean())

    def against_base(self, best: RankerConfig) -> dict[str, float]:
        """MAP@12 of the best settings and of the base, with the paired interval; both are trained once more."""
        theirs, ours = (np.concatenate([one.score(c) for one in self.weeks]) for c in (self.base, best))
        to = mean_interval(self.buyers, ours - theirs)
        return {
            "base": float(theirs.mean()),
            "best": float(ours.mean()),
            "difference": to.mean,
            "low": to.low,
            "high": to.high,
        }


def finished(study: "optuna.Study") -> int:
    """Trials that came to a value or were given up half way; one that was killed does not count."""
    return sum(t.state.is_finished() and t.state.name != "FAIL" for t in study.trials)


def _line(study: "optuna.Study", trial: "optuna.trial.FrozenTrial") -> str:
    value = "given up half way" if trial.value is None else f"MAP@12 {trial.value:.4f}"
    return f"trial {trial.number}: {value}; best {study.best_value:.4f} (trial {study.best_trial.number})"


def told(study: "optuna.Study", provenance: Mapping[str, object]) -> dict:
    """The result as it is kept: settings, where they come from, and every trial."""
    versions = {name: version(name) for name in ("lightgbm", "optuna", "numpy")} | {"python": platform.python_version()}
    history = [
        {"trial": t.number, "state": t.state.name.lower(), "map_at_12": t.value, "params": t.params}
        for t in study.trials
        if t.state.is_finished()
    ]
    return {
        "config": study.best_params,
        "provenance": {
            **provenance,
            "study": study.study_name,
            "best_trial": study.best_trial.number,
            "best_map_at_12": study.best_value,
            "trials": finished(study),
            "seed": SEED,
            "versions": versions,
        },
        "history": history,
    }


def write(file: Path, result: Mapping[str, object]) -> None:
    """Keep a result, to be committed and named by HM_RANKER_CONFIG."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1, default=str) + "\n")
