"""Which candidates the ranker learns from, drawn by hashes of ids and week."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from models.interactions import Axis, Interactions
from models.ranking.proposals import Proposals


def id_hash(axis: Axis, salt: str) -> np.ndarray:
    """Per index a uint64 drawn from its natural id: the same whatever the keys and whoever else is there."""
    key = (salt * 16)[:16]
    return pd.util.hash_array(axis.ids.to_numpy(zero_copy_only=False).astype(object), hash_key=key, categorize=False)


def share_of(draw: np.ndarray, share: float) -> np.ndarray:
    """Mask of about that share of uniform uint64 draws."""
    return draw <= np.uint64(min(int(share * 2**64), 2**64 - 1))


def mix(a: np.ndarray, b: np.ndarray, salt: int) -> np.ndarray:
    """A uniform uint64 of two (splitmix64's finaliser)."""
    z = a ^ (b * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(salt)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@dataclass(frozen=True)
class Sampler:
    """Draws rows by hashes of ids and date, blind to labels, ranks and scores.

    A bought candidate is always kept; of the others a share that is the same everywhere, so the draw tells the model nothing
    about who bought what, it only shifts the base rate.
    """

    customers: np.ndarray
    articles: np.ndarray
    negative_share: float

    @classmethod
    def of(cls, log: Interactions, negative_share: float) -> "Sampler":
        """Hashes of the log's customers and articles."""
        return cls(id_hash(log.customers, "customer"), id_hash(log.articles, "article"), negative_share)

    def rows(self, proposals: Proposals, bought: np.ndarray, week: date) -> np.ndarray:
        """Mask of the week's rows to learn from, thinned out where not bought."""
        who, what = self.customers[proposals.customer], self.articles[proposals.article]
        return bought | share_of(mix(who, what, week.toordinal()), self.negative_share)

    def people(self, proposals: Proposals, week: date, share: float) -> np.ndarray:
        """Mask of the week's rows that belong to a share of its customers."""
        return share_of(mix(self.customers[proposals.customer], np.uint64(0), week.toordinal()), share)
