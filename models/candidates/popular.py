"""What sells: overall, and among customers like this one. Both read marts.popular_articles."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix

from models.candidates.base import Context
from models.candidates.history import own_weights
from models.candidates.marts import SEGMENT_COLUMNS, read
from models.candidates.scoring import LinkSource


class Popular(LinkSource):
    """The best-selling articles of the last 7 days, for everybody; where the week holds too few, the decayed ones follow."""

    name = "popular"

    def _learn(self, context: Context) -> None:
        mart = read(context, "popular_articles")
        mart = mart.filter(pc.equal(mart["segment"], "overall"))
        article = context.log.articles.index_of_keys(mart["article_key"].to_numpy())
        decayed = mart["decayed_lines"].to_numpy()
        # Less than one line apart: the decayed count only orders what the week leaves equal or does not hold.
        score = mart["n_lines_7d"].to_numpy() + decayed / (decayed.max(initial=0) + 1)
        row = csr_matrix(
            (score.astype(np.float32), (np.zeros(len(article), np.int32), article)), shape=(1, context.log.shape[1])
        )
        self._weights = csr_matrix(np.ones((context.log.shape[0], 1), np.float32))
        self._links = row


class PopularSegment(LinkSource):
    """What sells among customers of the same age group and channel, in the index groups the customer buys from.

    Score = sum over index groups of the customer's share in the group × the article's share of the segment's decayed sales.
    A customer without history gets the best-selling articles of the age group.
    """

    name = "popular_segment"

    def _learn(self, context: Context) -> None:
        cells = Cells.of(context)
        self._weights, self._links = cells.of_customers(context), cells.articles


class Cells:
    """The segments of marts.popular_articles: (age group, index group, channel), and age groups as (age group, all, all)."""

    def __init__(self, names: pa.Array, articles: csr_matrix):
        self.names, self.articles = names, articles

    @classmethod
    def of(cls, context: Context) -> "Cells":
        """Segments × articles: each article's share of the segment's decayed sales."""
        mart = read(context, "popular_articles")
        mart = mart.filter(pc.is_in(mart["segment"], pa.array(["age_bin", "age_bin_index_group_channel"])))
        name = _name(*(mart[c].combine_chunks() for c in SEGMENT_COLUMNS))
        names = name.unique().sort()
        row = pc.index_in(name, value_set=names).to_numpy()
        article = context.log.articles.index_of_keys(mart["article_key"].to_numpy())
        sales = mart["decayed_lines"].to_numpy().astype(np.float64)
        share = sales / np.bincount(row, sales, minlength=len(names))[row]
        matrix = csr_matrix((share.astype(np.float32), (row, article)), shape=(len(names), context.log.shape[1]))
        matrix.sort_indices()
        return cls(names, matrix)

    def of_customers(self, context: Context) -> csr_matrix:
        """Customers × segments: shares of the index groups in the decayed history, on the channel most used."""
        age, channel = _age_bins(context), _channels(context)
        share, groups = _group_shares(context)
        customer, group = share.nonzero()
        names = _name(age.take(pa.array(customer)), groups.take(pa.array(group)), channel.take(pa.array(customer)))
        by_age = _name(age, pa.repeat("all", len(age)), pa.repeat("all", len(age)))
        cold = np.diff(share.indptr) == 0
        cell = pc.fill_null(pc.index_in(pa.concat_arrays([names, by_age]), value_set=self.names), -1).to_numpy()
        weight = np.concatenate([share.data, cold.astype(np.float32)])
        row = np.concatenate([customer, np.arange(len(cold))])
        keep = (cell >= 0) & (weight > 0)
        return csr_matrix((weight[keep], (row[keep], cell[keep])), shape=(len(cold), len(self.names)))


def _name(*parts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "|")


def _age_bins(context: Context) -> pa.Array:
    attributes = context.log.customers.attributes
    if "age_bin" not in attributes.column_names:
        return pa.repeat("unknown", len(attributes))
    return pc.fill_null(attributes["age_bin"].combine_chunks(), "unknown")


def _channels(context: Context) -> pa.Array:
    """'2' (online) where most lines were bought online, else '1'."""
    mart = read(context, "customer_features")
    online = np.zeros(context.log.shape[0], bool)
    online[context.log.customers.index_of_keys(mart["customer_key"].to_numpy())] = mart["online_share"].to_numpy() > 0.5
    return pa.array(np.where(online, "2", "1"))


def _group_shares(context: Context) -> tuple[csr_matrix, pa.Array]:
    """Customer × index group: share of the decayed lines; the groups' numbers as text."""
    articles, own = context.log.articles, own_weights(context)
    code = articles.codes("index_group_no")
    names = pa.repeat("unknown", int(code.max(initial=-1)) + 2)
    if code.max(initial=-1) >= 0:
        known = pc.drop_null(articles.attributes["index_group_no"].combine_chunks().unique())
        names = pa.concat_arrays([known.take(pc.sort_indices(known)).cast(pa.string()), pa.array(["unknown"])])
    code = np.where(code < 0, len(names) - 1, code)
    member = csr_matrix((np.ones(len(code), np.float32), (np.arange(len(code)), code)), shape=(len(code), len(names)))
    lines = csr_matrix(own @ member)
    total = np.asarray(lines.sum(axis=1)).ravel()
    lines.data /= np.repeat(np.maximum(total, 1e-12), np.diff(lines.indptr)).astype(np.float32)
    return lines, names
