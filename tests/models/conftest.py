"""A small shop for tests of the models: a log of twelve weeks with habits in it, and its marts in memory."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest

from models.candidates.base import Context, TableMarts, context_of
from models.interactions import Interactions, day_number

AS_OF = date(2020, 9, 1)
N_CUSTOMERS, N_ARTICLES = 60, 40


def half_life(age: np.ndarray, days: float) -> np.ndarray:
    return np.round(np.exp2(-age / days) * 1e9) / 1e9


def popular_articles(log: Interactions, as_of: date) -> pa.Table:
    """marts.popular_articles of a shop with one age group, one index group and online sales only."""
    recent = log.last_days(as_of, 7).article_weights(as_of, np.ones_like).astype(int)
    decayed = log.article_weights(as_of, lambda age: 1 / age)
    keys = log.articles.keys[log.sold]
    rows = {"article_key": keys, "n_lines_7d": recent[log.sold], "decayed_lines": decayed[log.sold].astype(np.float32)}
    segments = [("overall", "all", "all", "all"), ("age_bin", "unknown", "all", "all")]
    segments.append(("age_bin_index_group_channel", "unknown", "unknown", "2"))
    names = ("segment", "age_bin", "index_group_no", "sales_channel_id")
    return pa.concat_tables(
        pa.table({**{n: pa.repeat(v, len(keys)) for n, v in zip(names, values, strict=True)}, **rows}) for values in segments
    )


def customer_article_features(log: Interactions, as_of: date) -> pa.Table:
    weights = log.decayed(as_of, lambda age: half_life(age, 30)).tocoo()
    return pa.table(
        {
            "customer_key": log.customers.keys[weights.row],
            "article_key": log.articles.keys[weights.col],
            "decayed_lines_30d": weights.data.astype(np.float32),
        }
    )


def article_pairs(log: Interactions) -> pa.Table:
    """Cosine of the days on which two articles were in one basket."""
    basket = np.unique(log.day.astype(np.int64) * N_CUSTOMERS + log.customer, return_inverse=True)[1]
    held = np.zeros((basket.max() + 1, log.shape[1]))
    held[basket, log.article] = 1
    together = held.T @ held
    one, other = np.nonzero(np.triu(together, 1) + np.tril(together, -1))
    cosine = together[one, other] / np.sqrt(together[one, one] * together[other, other])
    order = np.lexsort((other, -cosine, one))
    one, other, cosine = one[order], other[order], cosine[order]
    rank = np.arange(len(one)) - np.searchsorted(one, one) + 1
    keys = log.articles.keys
    columns = {
        "article_key": keys[one],
        "paired_article_key": keys[other],
        "cosine": cosine.astype(np.float32),
        "rank": rank,
    }
    return pa.table(columns)


def marts_of(log: Interactions, as_of: date) -> TableMarts:
    """The marts that sources read, as dbt would build them from what lies before the date."""
    seen = log.before(as_of)
    buyers = log.customers.keys[seen.buyers]
    online = pa.repeat(pa.scalar(1.0, pa.float32()), len(buyers))
    return TableMarts(
        {
            "popular_articles": popular_articles(seen, as_of),
            "customer_article_features": customer_article_features(seen, as_of),
            "article_pairs": article_pairs(seen),
            "customer_features": pa.table({"customer_key": buyers, "online_share": online}),
            "customer_rfm": pa.table(
                {"customer_key": log.customers.keys[seen.buyers], "segment": pa.repeat("loyal", len(online))}
            ),
        }
    )


@dataclass(frozen=True)
class Shop:
    """Rows of a log by index; `log` gives them keys and an order of its own."""

    customer: np.ndarray
    article: np.ndarray
    day: np.ndarray

    def log(self, seed: int | None = None) -> Interactions:
        """The log; with a seed its rows are shuffled and its keys renumbered."""
        rng = np.random.default_rng(seed)
        shuffle = rng.permutation if seed is not None else np.arange
        customer_key, article_key, rows = shuffle(N_CUSTOMERS), shuffle(N_ARTICLES), shuffle(len(self.day))
        customers = {"customer_id": [f"c{i:04}" for i in range(N_CUSTOMERS)], "customer_key": customer_key}
        articles = {"article_id": [f"0{i:04}" for i in range(N_ARTICLES)], "article_key": article_key}
        articles["product_code"] = np.arange(N_ARTICLES) // 4
        transactions = {
            "t_dat": pa.array(self.day[rows].astype(np.int32)).cast(pa.date32()),
            "customer_key": customer_key[self.customer[rows]],
            "article_key": article_key[self.article[rows]],
        }
        order = [shuffle(N_CUSTOMERS), shuffle(N_ARTICLES)]
        return Interactions.from_arrow(
            pa.table(transactions), *(pa.table(t).take(o) for t, o in zip((customers, articles), order, strict=True))
        )

    def until(self, as_of: date) -> "Shop":
        """Rows before a date."""
        keep = self.day < day_number(as_of)
        return Shop(self.customer[keep], self.article[keep], self.day[keep])


def make_shop(seed: int = 3) -> Shop:
    """Customers with a taste of five articles buy on some days until two weeks after AS_OF; the last five never buy."""
    rng = np.random.default_rng(seed)
    n_visits = 1500
    customer = rng.integers(0, N_CUSTOMERS - 5, n_visits)
    article = (customer * 3 + rng.integers(0, 5, n_visits) ** 2) % (N_ARTICLES - 2)
    day = day_number(AS_OF) - 84 + rng.integers(0, 98, n_visits)
    return Shop(customer, article, day)


@pytest.fixture(scope="session")
def shop() -> Shop:
    """The small shop's rows."""
    return make_shop()


@pytest.fixture(scope="session")
def context(shop: Shop) -> Context:
    """The small shop as of AS_OF."""
    return context_for(shop.log())


def context_for(log: Interactions, as_of: date = AS_OF, allow_repeats: bool = True) -> Context:
    return context_of(log, as_of, marts_of(log, as_of), allow_repeats=allow_repeats)


@pytest.fixture(scope="session")
def make_context():
    """Function log -> context as of AS_OF, with marts built from the log."""
    return context_for


@pytest.fixture(scope="session")
def real_interactions(real_log) -> Interactions:
    """The real log, from its CSV files."""
    text = csv.ConvertOptions(column_types={"customer_id": pa.string(), "article_id": pa.string(), "t_dat": pa.date32()})
    tables = [
        csv.read_csv(real_log / f"{n}.csv.gz", convert_options=text) for n in ("transactions_train", "customers", "articles")
    ]
    return Interactions.from_arrow(*tables)
