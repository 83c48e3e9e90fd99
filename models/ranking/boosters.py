"""LightGBM: one model per objective and seed, and one score out of all of them."""

from collections.abc import Callable

import lightgbm as lgb
import numpy as np

from models.ranking.config import RankerConfig
from models.ranking.learning_set import LearningSet


def fit_boosters(data: LearningSet, categorical: list[str], config: RankerConfig, progress: Callable[[str], None]) -> dict:
    """Models by name `objective-seed`; equal data and config give equal bytes, whatever the number of threads."""
    dataset = binned(data, categorical, config)
    progress(f"{len(data.bought):,} rows × {len(data.names)} features, {data.bought.sum():,} of the rows bought")
    fitted = {}
    for objective in config.objectives:
        for seed in config.seeds:
            fitted[f"{objective}-{seed}"] = lgb.train(config.booster_params(objective, seed), dataset, config.n_trees)
    progress(f"{len(fitted)} models: {', '.join(fitted)}")
    return fitted


def binned(data: LearningSet, categorical: list[str], config: RankerConfig) -> lgb.Dataset:
    """The rows as LightGBM wants them, made once for all models; the binary objective does not look at the groups."""
    dataset = lgb.Dataset(
        data.features,
        data.bought.astype(np.float32),
        group=data.group_sizes,
        feature_name=list(data.names),
        categorical_feature=categorical,
        params=config.dataset_params,
    )
    return dataset.construct()


def gains(boosters: dict[str, lgb.Booster], names: tuple[str, ...]) -> dict[str, float]:
    """Share of the gain per feature, mean over the models, largest first."""
    total = np.zeros(len(names))
    for booster in boosters.values():
        gain = booster.feature_importance("gain")
        total += gain / max(gain.sum(), 1e-12) / len(boosters)
    order = np.lexsort((np.array(names), -total))
    return {names[i]: round(float(total[i]), 6) for i in order}


def blended_scores(raw: dict[str, np.ndarray]) -> np.ndarray:
    """One float64 score of the models' raw scores: averaged over the seeds of an objective, then over the objectives."""
    by_objective: dict[str, list[np.ndarray]] = {}
    for name in sorted(raw):
        by_objective.setdefault(name.split("-")[0], []).append(raw[name])
    return np.mean([np.mean(scores, axis=0) for scores in by_objective.values()], axis=0)
