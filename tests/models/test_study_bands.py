"""The policy tables: who is in which band, and what all buyers lose if the silent get a policy."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.study.bands import BANDS, Policies
from tests.study.judging import BuyersOfWeek
from tests.study.systems import Alone, Cell, System

FULL, POLICY = Cell("default", "full", System()), Cell("policy", "popular", Alone("popular"))
SCORES = {"default": np.array([0.5, 0.4, 0.2, 0.1]), "policy": np.array([0.1, 0.2, 0.2, 0.3])}


@pytest.fixture
def policies() -> Policies:
    week = BuyersOfWeek("2020-09-15", [0, 1, 2, 3], [5, 40, 400, -1], [[-1, 10], [5, 60], [40, 20], [400, 10]])
    group = SimpleNamespace(cells=(FULL, POLICY))
    measure = lambda cell: SCORES[cell.id]  # noqa: E731
    return Policies(SimpleNamespace(group=group, reference=FULL, buyers=lambda: [week], measure=measure))


def test_every_recency_is_in_one_band():
    recency = np.array([-1, *range(1, 800)])
    inside = [(recency >= first) & (recency <= last) for first, last in BANDS.values()]
    assert (np.sum(inside, axis=0) == 1).all()


def columns(rows) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """(names of the rows, the table column by column)."""
    names, *rest = zip(*rows, strict=True)
    return names, rest


def test_a_band_shows_its_share_of_all_customers_its_buyers_and_the_difference(policies):
    names, found = columns(policies.by_band())
    bands = dict(zip(BANDS, found, strict=True))
    assert names[-1] == POLICY.change
    assert bands["0-30"][:3] == ("60.0%", "1", "0.5000") and bands["0-30"][3].startswith("-0.4000")
    assert bands["older"][:3] == ("10.0%", "1", "0.2000")
    assert bands["never"][:3] == ("10.0%", "1", "0.1000") and bands["never"][3].startswith("+0.2000")
    assert bands["92-182"] == ("0.0%", "0", "", "")


def test_the_silent_are_those_beyond_the_limit_and_those_who_never_bought(policies):
    _, found = columns(policies.by_silence())
    assert found[0][:2] == ("40.0%", "3") and found[-1][:2] == ("20.0%", "2")
    # (0.2 - 0.2) + (0.3 - 0.1), over all four buyers.
    assert found[-1][2].startswith("+0.0500")
