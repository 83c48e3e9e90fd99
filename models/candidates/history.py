"""Sources that start from what the customer bought: again, together with it, or in another colour.

The customer's weights per article, and which articles go together, come from the dbt marts, where features and shops read
the same numbers.
"""

import numpy as np
from scipy.sparse import csr_matrix, diags_array, identity

from models.candidates.base import Context
from models.candidates.marts import OWN_WEIGHT, read
from models.candidates.scoring import LinkSource
from models.decay import exponential


def own_weights(context: Context) -> csr_matrix:
    """Customer × article decayed lines, float32, from marts.customer_article_features; made once per context."""

    def make() -> csr_matrix:
        mart = read(context, "customer_article_features")
        rows = context.log.customers.index_of_keys(mart["customer_key"].to_numpy())
        columns = context.log.articles.index_of_keys(mart["article_key"].to_numpy())
        weights = csr_matrix((mart[OWN_WEIGHT].to_numpy().astype(np.float32), (rows, columns)), shape=context.log.shape)
        weights.sort_indices()
        return weights

    return context.shared("own_weights", make)


class Repurchase(LinkSource):
    """What the customer bought, most and latest first."""

    name = "repurchase"

    def _learn(self, context: Context) -> None:
        self._weights = own_weights(context)
        self._links = csr_matrix(identity(context.log.shape[1], np.float32))


class CoPurchase(LinkSource):
    """What goes into one basket with what the customer bought: decayed cosine of marts.article_pairs."""

    name = "co_purchase"

    def __init__(self, pairs_per_article: int = 30):
        self.pairs_per_article = pairs_per_article

    def _learn(self, context: Context) -> None:
        self._weights = own_weights(context)
        pairs = read(context, "article_pairs")
        keep = pairs["rank"].to_numpy() <= self.pairs_per_article
        one, other = (
            context.log.articles.index_of_keys(pairs[c].to_numpy()[keep]) for c in ("article_key", "paired_article_key")
        )
        cosine = pairs["cosine"].to_numpy()[keep].astype(np.float32)
        self._links = csr_matrix((cosine, (one, other)), shape=(context.log.shape[1],) * 2)
        self._links.sort_indices()


class SameProduct(LinkSource):
    """The same product in another colour or size, the best-selling first; never the very article bought."""

    name = "same_product"

    def __init__(self, siblings: int = 12, tau_days: float = 30):
        self.siblings, self.tau_days = siblings, tau_days

    def _learn(self, context: Context) -> None:
        log = context.log
        product = log.articles.codes("product_code")
        sales = log.article_weights(context.as_of, exponential(self.tau_days))
        leader = self._leaders(product, log.sold, sales)
        shape = (log.shape[1], int(product.max(initial=0)) + 1)
        known = np.flatnonzero(product >= 0)
        member = csr_matrix((np.ones(len(known), np.float32), (known, product[known])), shape=shape)
        lead = csr_matrix((np.log1p(sales[leader]).astype(np.float32), (product[leader], leader)), shape=shape[::-1])
        links = csr_matrix(member @ lead)
        self._weights, self._links = own_weights(context), csr_matrix(links - diags_array(links.diagonal()))

    def _leaders(self, product: np.ndarray, sold: np.ndarray, sales: np.ndarray) -> np.ndarray:
        """The best-selling articles of each product, `siblings` at most."""
        sold = sold[product[sold] >= 0]
        order = sold[np.lexsort((sold, -sales[sold], product[sold]))]
        start = np.flatnonzero(np.diff(product[order], prepend=-1))
        place = np.arange(len(order)) - np.repeat(start, np.diff(start, append=len(order)))
        return order[place < self.siblings]
