"""What is published around articles."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from models.interactions import Interactions
from models.item_to_item import around, tables

AS_OF = date(2020, 9, 1)


class Marts:
    """A catalogue of one mart without rows."""

    def read(self, table, columns, as_of_date):
        assert (table, as_of_date) == ("marts.article_pairs", AS_OF)
        kinds = {"article_key": pa.int32(), "paired_article_key": pa.int32(), "cosine": pa.float32(), "rank": pa.int32()}
        return pa.schema([(name, kinds[name]) for name in columns]).empty_table()


def test_every_article_has_its_lists_and_the_best_sellers_their_place(monkeypatch):
    monkeypatch.setattr(tables, "MAPPED", 7)
    rng = np.random.default_rng(5)
    rows = [(c, int(a), AS_OF - timedelta(days=int(d))) for c in range(60) for a, d in rng.integers(1, 9, (4, 2))]
    customer, article, day = zip(*rows, strict=True)
    log = Interactions.from_arrow(
        pa.table({"t_dat": day, "customer_key": customer, "article_key": article}),
        pa.table({"customer_id": [f"{c:02}" for c in range(60)]}),
        pa.table({"article_id": [str(a) for a in range(10)], "product_type_name": ["dress", "belt"] * 5}),
    )
    found = around(Marts(), AS_OF, keep=3, log=log).cast()
    again = around(Marts(), AS_OF, keep=3, log=log).cast()
    instead, along = found.similar_articles.to_pandas(), found.complementary_articles.to_pandas()
    assert set(instead.article_id) == {str(a) for a in range(10)} == set(along.article_id)
    for lists, other, is_same in ((instead, "similar_article_id", True), (along, "paired_article_id", False)):
        assert (((lists.article_id.astype(int) + lists[other].astype(int)) % 2 == 0) == is_same).all()
        assert lists.groupby("article_id")["rank"].apply(lambda r: r.tolist() == list(range(1, len(r) + 1))).all()
        assert (lists.score > 0).all()
    assert found.article_map.num_rows == 7
    assert len(set(zip(*(found.article_map[c].to_pylist() for c in "xy"), strict=True))) == 7
    assert again.similar_articles.equals(found.similar_articles)
    assert again.complementary_articles.equals(found.complementary_articles)
