"""Which candidates that were not bought are learned from."""

from datetime import date

import numpy as np

from models.ranking.groups import places
from models.ranking.proposals import Proposals
from models.ranking.sampling import Sampler, mix
from tests.study.systems import Negatives

NEAREST = "user_cf"
"""The source whose rank is the distance: the inner product of ALS vectors."""
STEEPNESS = 4.0
"""The exponential weight of a customer's farthest candidate is exp(-4) = 0.018 of the nearest one's."""


def keep(
    negatives: Negatives, sampler: Sampler, proposals: Proposals, bought: np.ndarray, week: date, customer_share: float = 1.0
) -> np.ndarray:
    """Mask of a week's rows to learn from: what was bought, and of the rest a share, of a share of the customers."""
    customers = sampler.people(proposals, week, customer_share)
    if negatives.how == "random":
        return sampler.rows(proposals, bought, week) & customers
    free = np.flatnonzero(~bought)
    draw = uniform(sampler, proposals, week)
    kept = bought.copy()
    kept[free[nearest_drawn(proposals.where(free), draw[free], negatives)]] = True
    return kept & customers


def nearest_drawn(proposals: Proposals, draw: np.ndarray, negatives: Negatives) -> np.ndarray:
    """Rows drawn without replacement: of each customer's n the rounded share × n, weighted by distance rank.

    Efraimidis and Spirakis 2006: the largest log(u) / weight are a weighted sample.
    """
    size = np.bincount(proposals.customer)[proposals.customer]
    weight = weights(distance_rank(proposals) / size, negatives.how)
    order = np.lexsort((-np.log(draw) / weight, proposals.customer))
    wanted = np.rint(negatives.share * size[order])
    return order[places(proposals.customer[order]) < wanted]


def distance_rank(proposals: Proposals) -> np.ndarray:
    """0 for a customer's nearest candidate by ALS; those ALS did not propose come after, by their best rank."""
    names = proposals.sources
    rank = proposals.rank[:, names.index(NEAREST)] if NEAREST in names else np.full(len(proposals), np.nan)
    order = np.lexsort((proposals.article, proposals.best_rank, rank, proposals.customer))  # NaN sorts last
    place = np.empty(len(order), np.int64)
    place[order] = places(proposals.customer[order])
    return place


def weights(depth: np.ndarray, how: str) -> np.ndarray:
    """Weight by depth (0 nearest, towards 1 farthest)."""
    return np.exp(-STEEPNESS * depth) if how == "exponential" else 1 - depth


def uniform(sampler: Sampler, proposals: Proposals, week: date) -> np.ndarray:
    """Draws in (0, 1) by a hash of ids and week."""
    hashed = mix(sampler.customers[proposals.customer], sampler.articles[proposals.article], week.toordinal())
    return (hashed.astype(np.float64) + 0.5) / 2.0**64
