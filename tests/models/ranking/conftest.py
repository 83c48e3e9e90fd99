"""A shop of 30 articles and 43 customers in memory: the marts of any date, stored candidates, and two sources."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import models.candidates
from models.candidates import SourceSetting
from models.candidates.base import CandidateBlock, TableMarts, context_of
from models.candidates.select import rank_rows
from models.interactions import Interactions
from models.ranking import RankerConfig

TODAY = date(2020, 9, 23)
N_CUSTOMERS, N_COLD, N_ARTICLES, N_UNSOLD = 40, 3, 30, 2
FIRST_DAY = TODAY - timedelta(days=84)


class Own:
    """Articles the customer bought, by lines."""

    name = "repurchase"

    def fit(self, context):
        self.pairs = context.log.pairs
        return self

    def generate(self, customers, k):
        mine = np.isin(self.pairs.customer, customers)
        p = self.pairs
        return rank_rows(p.customer[mine], p.article[mine], p.n_lines[mine], k)


class Popular:
    """Articles by lines; the same for everyone."""

    name = "popular"

    def fit(self, context):
        self.lines = np.bincount(context.log.article, context.log.n_lines, minlength=context.log.shape[1])
        return self

    def generate(self, customers, k):
        sold = np.flatnonzero(self.lines)
        customer, article = np.repeat(customers, len(sold)), np.tile(sold, len(customers))
        return rank_rows(customer, article, self.lines[article], k)


SOURCES = {"popular": SourceSetting(Popular, 5), "repurchase": SourceSetting(Own, 8)}


def transactions(seed: int = 0) -> pd.DataFrame:
    """Everybody has three favourites, bought again and again, and sometimes something else; ids, not keys."""
    draw = np.random.default_rng(seed)
    n = 1500
    customer = draw.integers(0, N_CUSTOMERS, n)
    favourite = (customer * 7 + draw.integers(0, 3, n) * 5) % (N_ARTICLES - N_UNSOLD)
    article = np.where(draw.random(n) < 0.7, favourite, draw.integers(0, N_ARTICLES - N_UNSOLD, n))
    day = [FIRST_DAY + timedelta(days=int(d)) for d in draw.integers(0, 84 + 7, n)]
    return pd.DataFrame({"t_dat": day, "customer_no": customer, "article_no": article, "n_lines": 1})


class World:
    """What of the catalogue the ranker reads, computed from a list of transactions when it is asked for.

    Args:
        rows: transactions.
        shuffle: seed of the join keys; None numbers them in order of id.
        extra: mart -> columns to plant, each a function of the mart's frame.
    """

    def __init__(self, rows: pd.DataFrame, shuffle: int | None = None, extra: dict[str, dict[str, Callable]] | None = None):
        self.rows, self.extra, self.written, self._made = rows, extra or {}, {}, {}
        order = np.random.default_rng(shuffle).permutation if shuffle is not None else np.arange
        self.customer_keys = order(N_CUSTOMERS + N_COLD).astype(np.int32)
        self.article_keys = order(N_ARTICLES).astype(np.int32)
        self.customer_ids = [f"c{i:063d}" for i in range(N_CUSTOMERS + N_COLD)]
        self.article_ids = [f"0{i:09d}" for i in range(N_ARTICLES)]

    # -- what the catalogue offers ------------------------------------------------------------------------------------

    def read(self, table: str, columns: list[str] | None = None, **where: object) -> pa.Table:
        return self.dataset(table, **where).to_table(columns=columns)

    def dataset(self, table: str, as_of_date: date | None = None) -> ds.Dataset:
        if (table, as_of_date) not in self._made:
            self._made[table, as_of_date] = self._make(table.split(".")[1], as_of_date)
        return ds.dataset(self._made[table, as_of_date])

    def _make(self, table: str, as_of_date: date | None) -> pa.Table:
        frame = getattr(self, table)(as_of_date)
        for name, make in self.extra.get(table, {}).items():
            frame[name] = make(frame)
        found = pa.Table.from_pandas(frame, preserve_index=False)
        # In an order that means nothing: nobody may rely on the rows'.
        return found.take(np.random.default_rng(1).permutation(len(found)))

    def write(self, table, values: dict, batches: Iterator[pa.RecordBatch]) -> int:
        self.written[table.full_name, values["as_of_date"]] = rows = pa.Table.from_batches(list(batches), table.arrow_schema)
        return len(rows)

    def log(self) -> Interactions:
        return Interactions.from_catalogue(self)

    # -- tables -------------------------------------------------------------------------------------------------------

    def fct_transactions(self, _=None) -> pd.DataFrame:
        keys = {
            "customer_key": self.customer_keys[self.rows.customer_no],
            "article_key": self.article_keys[self.rows.article_no],
        }
        return self.rows[["t_dat", "n_lines"]].assign(**keys)

    def dim_customers(self, _=None) -> pd.DataFrame:
        n = np.arange(N_CUSTOMERS + N_COLD)
        bins = np.where(n % 3 == 0, "unknown", np.where(n % 3 == 1, "00-19", "25-29"))
        columns = {"customer_key": self.customer_keys, "customer_id": self.customer_ids, "age": 18.0 + n, "age_bin": bins}
        return pd.DataFrame(columns | {"is_unknown": False})

    def dim_articles(self, _=None) -> pd.DataFrame:
        n = np.arange(N_ARTICLES)
        names = [f"Article {i}" for i in n]
        columns = {
            "article_key": self.article_keys,
            "article_id": self.article_ids,
            "prod_name": names,
            "product_code": n // 2,
        }
        return pd.DataFrame(columns | {"department_no": n % 4 + 100, "colour_group_code": n % 3, "is_unknown": False})

    def _seen(self, as_of: date) -> pd.DataFrame:
        rows = self.fct_transactions()
        rows = rows[rows.t_dat < as_of]
        return rows.assign(age=[(as_of - d).days for d in rows.t_dat])

    def customer_features(self, as_of: date) -> pd.DataFrame:
        grouped = self._seen(as_of).groupby("customer_key")
        return grouped.agg(n_lines=("n_lines", "sum"), days_since_last=("age", "min")).reset_index()

    def customer_rfm(self, as_of: date) -> pd.DataFrame:
        frame = self._seen(as_of).groupby("customer_key").agg(recency_days=("age", "min")).reset_index()
        return frame.assign(segment="loyal", is_recent=frame.recency_days < 7)

    def article_features(self, as_of: date) -> pd.DataFrame:
        return (
            self._seen(as_of).groupby("article_key").agg(n_lines=("n_lines", "sum"), mean_age=("age", "mean")).reset_index()
        )

    def customer_article_features(self, as_of: date) -> pd.DataFrame:
        grouped = self._seen(as_of).groupby(["customer_key", "article_key"])
        frame = grouped.agg(n_lines=("n_lines", "sum"), days_since_last=("age", "min")).reset_index()
        return frame.assign(first_date=as_of)

    def customer_category_features(self, as_of: date) -> pd.DataFrame:
        seen = self._seen(as_of).merge(self.dim_articles(), on="article_key")
        parts = []
        for column in ("department_no", "colour_group_code"):
            part = seen.groupby(["customer_key", column]).agg(share=("n_lines", "sum")).reset_index()
            parts.append(part.rename(columns={column: "category_value"}).assign(category=column))
        return pd.concat(parts)

    def article_pairs(self, as_of: date) -> pd.DataFrame:
        seen = self._seen(as_of)[["customer_key", "t_dat", "article_key"]].drop_duplicates()
        both = seen.merge(seen.rename(columns={"article_key": "paired_article_key"}), on=["customer_key", "t_dat"])
        both = both[both.article_key != both.paired_article_key]
        return both.groupby(["article_key", "paired_article_key"]).size().rename("support").reset_index()

    def candidates(self, as_of: date) -> pd.DataFrame:
        log = self.log()
        context = context_of(log, as_of, TableMarts({}))
        buyers = log.labels(as_of).customer
        blocks = {name: s.make().fit(context).generate(buyers, s.k) for name, s in SOURCES.items()}
        return pd.concat(self._stored(name, block, log) for name, block in blocks.items())

    def _stored(self, name: str, block: CandidateBlock, log: Interactions) -> pd.DataFrame:
        keys = {"customer_key": log.customers.keys[block.customer], "article_key": log.articles.keys[block.article]}
        return pd.DataFrame(keys | {"source": name, "rank": block.rank, "score": block.score})


@pytest.fixture(autouse=True)
def two_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry of sources holds the shop's two."""
    monkeypatch.setattr(models.candidates, "SOURCES", SOURCES)


@pytest.fixture
def make_world() -> Callable[..., World]:
    """Worlds with other rows, keys or columns."""
    return lambda rows=None, **options: World(transactions() if rows is None else rows, **options)


@pytest.fixture
def world(make_world) -> World:
    """The shop as it is."""
    return make_world()


@pytest.fixture
def small_config() -> RankerConfig:
    """Enough to learn from a thousand rows in a fraction of a second."""
    return RankerConfig(n_trees=5, num_leaves=4, min_data_in_leaf=5, seeds=(1,), negative_share=0.5)
