"""Lists for the variants of experiments: everyone who bought, ranked without the future."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from models.interactions import Interactions
from models.policies import POLICIES, policy_lists
from warehouse.serving.policies import LISTED

AS_OF = date(2020, 9, 1)


def small_log() -> Interactions:
    """Customers 0-19 buy articles 0-4, customers 20-38 articles 5-9, 39 nothing; article 10 is sold too late to be seen."""
    rows = [(c, 5 * (c // 20) + (c + a) % 5, AS_OF - timedelta(days=a + 1)) for c in range(39) for a in range(4)]
    customer, article, day = zip(*[*rows, (0, 10, AS_OF)], strict=True)
    return Interactions.from_arrow(
        pa.table({"t_dat": day, "customer_key": customer, "article_key": article}),
        pa.table({"customer_id": [f"{c:02}" for c in range(40)]}),
        pa.table({"article_id": [f"{a:02}" for a in range(11)]}),
    )


def test_every_policy_with_lists_has_a_recommender():
    assert set(POLICIES) == set(LISTED)


@pytest.mark.parametrize("policy", LISTED)
def test_everyone_who_bought_has_a_list_best_first_without_the_future(policy):
    found = pa.concat_tables(policy_lists(None, AS_OF, policy, keep=6, log=small_log())).to_pylist()
    assert [row["customer_id"] for row in found] == [f"{c:02}" for c in range(39)]
    for row in found:
        assert len(set(row["article_ids"])) == len(row["scores"]) == 6
        assert "10" not in row["article_ids"]
        assert row["scores"] == sorted(row["scores"], reverse=True)
