"""LightGBM: one model per objective and seed, and one score out of all of them."""

from collections.abc import Callable

import lightgbm as lgb
import numpy as np

from models.ranking.config import RankerConfig
from models.ranking.learning_set import LearningSet


def fit_boosters(data: LearningSet, categorical: list[str], config: RankerConfig, progress: Callable[[str], None]) -> dict:
    """Models by name `objective-seed`; equal data and config give equal bytes, whatever the number of threads."""
    fitted = {}
    for objective in config.objectives:
        for seed in config.seeds:
            progress(f"{objective}, seed {seed}: {len(data.bought)} rows × {len(data.names)} features")
            fitted[f"{objective}-{seed}"] = fit_booster(data, categorical, config, objective, seed)
    return fitted


def fit_booster(data: LearningSet, categorical: list[str], config: RankerConfig, objective: str, seed: int) -> lgb.Booster:
    """One model; only lambdarank is told which rows are one customer's."""
    params = config.booster_params(objective, seed)
    dataset = lgb.Dataset(
        data.features,
        data.bought.astype(np.float32),
        group=data.group_sizes if objective == "lambdarank" else None,
        feature_name=list(data.names),
        categorical_feature=categorical,
        params=params,
        free_raw_data=True,
    )
    return lgb.train(params, dataset, config.n_trees)


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
