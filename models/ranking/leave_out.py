"""What a training run may do without, to learn what it is worth: a candidate source, a group of features."""

from collections.abc import Iterable, Sequence

import numpy as np

from infra.errors import UserError
from models.ranking.learning_set import LearningSet


class UnknownPartError(UserError):
    """What is to be left out is not there, or nothing would be left."""


def group_of(feature: str) -> str:
    """The group of a feature: what stands before the dot of its name."""
    return feature.partition(".")[0]


def groups_of(features: Iterable[str]) -> list[str]:
    """The groups of some features, in their order."""
    return list(dict.fromkeys(map(group_of, features)))


def kept_sources(stored: tuple[str, ...], left_out: Sequence[str]) -> tuple[str, ...]:
    """The sources without those left out: neither their proposals nor their opinions are there any more.

    Raises:
        UnknownPartError: one is not stored, or none would be left.
    """
    check_known("candidate source", left_out, stored)
    return tuple(name for name in stored if name not in left_out)


def blank(data: LearningSet, left_out: Sequence[str]) -> None:
    """Hide groups of features from the models: a column without a value is never split on, nor drawn as one to look at.

    The columns stay, so that a run without them scores with the same tables as any other.

    Raises:
        UnknownPartError: there is no such group, or none would be left.
    """
    check_known("group of features", left_out, groups_of(data.names))
    data.features[:, np.array([group_of(name) in left_out for name in data.names])] = np.nan


def check_known(what: str, left_out: Sequence[str], known: Sequence[str]) -> None:
    """That all that is left out is there, and something else too.

    Raises:
        UnknownPartError: naming what there is.
    """
    if unknown := [name for name in left_out if name not in known]:
        raise UnknownPartError(f"No {what} of this run is called {unknown[0]!r}; there are {', '.join(known)}.")
    if left_out and set(left_out) >= set(known):
        raise UnknownPartError(f"Without {', '.join(left_out)} no {what} would be left.")
