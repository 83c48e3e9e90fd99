from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from models.interactions import Interactions
from models.similar import similar_articles

AS_OF = date(2020, 9, 1)


def two_worlds():
    """Customers 0-19 buy only articles 0-4, customers 20-39 only articles 5-9; article 10 is sold too late to be seen."""
    rng = np.random.default_rng(3)
    rows = [(c, 5 * (c // 20) + a, AS_OF - timedelta(days=int(rng.integers(1, 60)))) for c in range(40) for a in range(5)]
    rows.append((0, 10, AS_OF))
    customer, article, day = zip(*rows, strict=True)
    return Interactions.from_arrow(
        pa.table({"t_dat": day, "customer_key": customer, "article_key": article}),
        pa.table({"customer_id": [f"{c:02}" for c in range(40)]}),
        pa.table({"article_id": [f"{a:02}" for a in range(11)]}),
    )


def test_similar_articles_share_customers_and_never_name_themselves_or_the_future():
    found = similar_articles(None, AS_OF, keep=3, log=two_worlds()).to_pandas()
    assert len(found) == 30
    assert (found.article_id != found.similar_article_id).all()
    assert "10" not in set(found.article_id) | set(found.similar_article_id)
    world = found.article_id.astype(int) // 5
    assert (world == found.similar_article_id.astype(int) // 5).all()
    assert found.groupby("article_id")["rank"].apply(list).map(lambda ranks: ranks == [1, 2, 3]).all()
