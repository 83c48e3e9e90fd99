"""Signs that the ranker knew what it could not know: shuffled labels that teach, a feature that knows too much.

Both ask about a trained system and not about a table, so they also find what slipped past the tests of the features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.interactions import Interactions
from models.ranking.learning_set import LearningSet
from models.ranking.proposals import Proposals
from models.ranking.sampling import id_hash, mix

MOST_GAIN = 0.4
"""Share of the models' gain that one feature may carry. The most that an honest one came to was 0.16 on UCI Online Retail
(five dates, 193 features) and 0.06 on the look-alike. "Bought in the label week", planted among those of the former, carries
0.81, 0.76 with one row in twenty wrong, 0.64 where it is there for half the rows; at a tenth of them, 0.22, it passes."""


def suspect(gain: Mapping[str, float]) -> str | None:
    """The feature that carries more of the models' gain than an honest one does; None where none does.

    Args:
        gain: feature -> share of the gain.
    """
    first = max(gain, key=gain.__getitem__, default=None)
    return first if first is not None and gain[first] > MOST_GAIN else None


def alarm(gain: Mapping[str, float]) -> str:
    """One sentence that names the suspect; empty without one."""
    if (name := suspect(gain)) is None:
        return ""
    return (
        f"feature {name} carries {gain[name]:.0%} of the model's gain and may know the future "
        f"(honest ones stay below {MOST_GAIN:.0%}): check that it is computed from days before the as-of date only"
    )


def shuffled(data: LearningSet, seed: int) -> LearningSet:
    """The labels permuted within each week's customer: as many bought rows as before, and nothing left to learn."""
    draw = np.random.default_rng(seed).random(len(data.bought))
    customer = np.repeat(np.arange(len(data.group_sizes)), data.group_sizes)
    return replace(data, bought=data.bought[np.lexsort((draw, customer))])


@dataclass(frozen=True)
class RandomOrder:
    """A scorer that draws: every proposal's score is a hash of its ids, so an order is as good as any other."""

    log: Interactions
    seed: int = 0

    @cached_property
    def _hashes(self) -> tuple[np.ndarray, np.ndarray]:
        return id_hash(self.log.customers, "customer"), id_hash(self.log.articles, "article")

    def score(self, proposals: Proposals) -> np.ndarray:
        """float32 in [0, 1), one per proposal."""
        customers, articles = self._hashes
        hashed = mix(customers[proposals.customer], articles[proposals.article], self.seed)
        return (hashed >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
