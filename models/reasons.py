"""Why an article is recommended, in words a customer can read; few distinct texts, made once each."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.interactions import Interactions, day_number
from models.ranking.groups import find
from models.ranking.lists import RankedLists
from models.ranking.together import ArticlePairs, Recent

OF_SOURCE = {
    "repurchase": "You bought it before",
    "co_purchase": "Goes with what you bought lately",
    "same_product": "Another version of something you bought",
    "item_knn": "Like what you bought lately",
    "item_cf": "Like what you bought lately",
    "ridge": "Often bought next by customers with your purchases",
    "pure_svd": "Fits what you buy",
    "user_cf": "Customers who buy like you buy this",
    "user_knn": "Customers who buy like you buy this",
    "popular": "Popular right now",
    "cold_start": "Popular with customers like you",
}
"""What a source's proposal means where nothing more particular is known."""
OTHERWISE = "Chosen for you"
OFTEN = "Often bought together with {}"
ANOTHER = "Another version of {}"
SEGMENT = "popular_segment"


@dataclass(frozen=True)
class Reasons:
    """Everything needed to word the reasons of one date.

    Attributes:
        log: purchases before the date.
        today: day number of the date.
        pairs: articles bought together.
    """

    log: Interactions
    today: int
    pairs: ArticlePairs

    @classmethod
    def of(cls, log: Interactions, as_of, pairs: ArticlePairs) -> "Reasons":
        """From the log before a date."""
        return cls(log.before(as_of), day_number(as_of), pairs)

    def words(self, lists: RankedLists, recent: Recent) -> pa.Array:
        """One text per row: own purchases first, then an article bought lately it goes with, then what the source means.

        Args:
            recent: the latest articles of the customers of the lists.
        """
        texts = TextTable()
        code = self._by_source(lists, texts)
        code = np.where((found := self._by_partner(lists, recent, texts)) >= 0, found, code)
        code = np.where((found := self._by_history(lists, texts)) >= 0, found, code)
        return pc.take(pa.array(texts.texts, pa.string()), pa.array(code))

    def _by_source(self, lists: RankedLists, texts: "TextTable") -> np.ndarray:
        general = np.array([texts.add(OF_SOURCE.get(s, OTHERWISE)) for s in lists.sources])
        code = general[lists.source]
        if SEGMENT in lists.sources:
            rows = np.flatnonzero(lists.source == lists.sources.index(SEGMENT))
            code[rows] = self._by_segment(lists.customer[rows], texts)
        return code

    def _by_segment(self, customers: np.ndarray, texts: "TextTable") -> np.ndarray:
        bins = self.log.customers.attributes
        if "age_bin" not in bins.column_names:
            return np.full(len(customers), texts.add("Popular with customers like you"))
        bins = bins["age_bin"].combine_chunks().dictionary_encode()
        of_bin = np.array([texts.add(segment_words(b)) for b in bins.dictionary.to_pylist()])
        return of_bin[bins.indices.to_numpy()[customers]]

    def _by_history(self, lists: RankedLists, texts: "TextTable") -> np.ndarray:
        pairs, n_articles = self.log.pairs, len(self.log.articles)
        # The pairs of these customers only: both are ascending by customer.
        lo, hi = np.searchsorted(pairs.customer, [lists.customer.min(initial=0), lists.customer.max(initial=-1) + 1])
        own = pairs.customer[lo:hi].astype(np.int64) * n_articles + pairs.article[lo:hi]
        at = find(own, lists.customer.astype(np.int64) * n_articles + lists.article)
        rows, at = np.flatnonzero(at >= 0), at[at >= 0] + lo
        said = np.stack([pairs.n_days[at], self.today - pairs.last_day[at]], axis=1)
        distinct, which = np.unique(said, axis=0, return_inverse=True)
        return texts.spread(len(lists), rows, which.ravel(), [history_words(n, d) for n, d in distinct.tolist()])

    def _by_partner(self, lists: RankedLists, recent: Recent, texts: "TextTable") -> np.ndarray:
        """The latest article of the customer that the row goes with: another version of it, or bought together with it."""
        n, product = len(self.log.articles), self.log.articles.codes("product_code")
        start, count = recent.of(lists.customer)
        code = np.full(len(lists), -1)
        for place in reversed(range(int(count.max(initial=0)))):
            rows = np.flatnonzero(count > place)
            article, partner = lists.article[rows], recent.article[start[rows] + place]
            version = (product[article] == product[partner]) & (product[article] >= 0)
            goes = version | (find(self.pairs.codes, partner.astype(np.int64) * n + article) >= 0)
            code[rows[goes]] = partner[goes] * 2 + version[goes]
        rows = np.flatnonzero(code >= 0)
        known, which = np.unique(code[rows], return_inverse=True)
        words = [(ANOTHER if c % 2 else OFTEN).format(self._name(c // 2)) for c in known.tolist()]
        return texts.spread(len(lists), rows, which, words)

    def _name(self, article: int) -> str:
        names = self.log.articles.attributes
        name = names["prod_name"][article].as_py() if "prod_name" in names.column_names else None
        return (name or "").strip() or self.log.articles.ids[article].as_py()


class TextTable:
    """Distinct texts and their codes."""

    def __init__(self):
        self.texts: list[str] = []
        self._code: dict[str, int] = {}

    def add(self, text: str) -> int:
        """Code of a text, new or known."""
        if text not in self._code:
            self._code[text] = len(self.texts)
            self.texts.append(text)
        return self._code[text]

    def spread(self, size: int, rows: np.ndarray, which: np.ndarray, texts: list[str]) -> np.ndarray:
        """Codes of `size` rows: texts[which[i]] at rows[i], -1 elsewhere."""
        code = np.full(size, -1)
        code[rows] = np.array([self.add(t) for t in texts], int)[which]
        return code


def history_words(n_days: int, days_ago: int) -> str:
    """What a customer did with an article before."""
    ago = "yesterday" if days_ago == 1 else f"{days_ago} days ago"
    return f"Bought {ago}" if n_days == 1 else f"Bought {n_days} times, last {ago}"


def segment_words(age_bin: str | None) -> str:
    """What the customer's segment is called."""
    if age_bin is None or not age_bin[:1].isdigit():
        return "Popular with customers like you"
    return f"Popular with customers aged {age_bin.removeprefix('00-') if age_bin.startswith('00-') else age_bin}"
