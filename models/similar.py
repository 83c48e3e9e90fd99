"""Articles to show instead of another: nearest by the customers they share, as ALS sees them."""

from datetime import date

import numpy as np
import pyarrow as pa

from models.candidates.base import CatalogueMarts, context_of
from models.candidates.factors import Als, ArticleIndex
from models.candidates.select import rank_rows
from models.interactions import Interactions
from warehouse.hive.catalogue import Catalogue

KEEP = 24
"""Articles kept per article: the 12 that are shown, and as many again for exclusions."""
EXACT_UP_TO = 20_000
"""Articles up to which every pair is compared; above, FAISS looks into the nearest cells only."""
ROWS_PER_SEARCH = 8_192


def similar_articles(catalogue: Catalogue, as_of: date, keep: int = KEEP, log: Interactions | None = None) -> pa.Table:
    """The `keep` nearest other articles of every article sold before a date, by cosine of their ALS vectors.

    Returns:
        Columns article_id, similar_article_id, rank (uint16, 1 is nearest), score (float32 cosine, above 0), in order of
        article_id and rank.
    """
    log = log or Interactions.from_catalogue(catalogue)
    context = context_of(log, as_of, CatalogueMarts(catalogue, as_of))
    vectors = _unit_rows(Als().fit(context).articles)
    sold = context.log.sold
    index = ArticleIndex(sold, vectors[sold], "flat" if len(sold) <= EXACT_UP_TO else "ivf")
    parts = [_nearest(index, part, vectors, keep) for part in _parts(sold)]
    ids = log.articles.ids
    return pa.table(
        {
            "article_id": pa.chunked_array([ids.take(pa.array(p.customer)) for p in parts], pa.string()),
            "similar_article_id": pa.chunked_array([ids.take(pa.array(p.article)) for p in parts], pa.string()),
            "rank": pa.chunked_array([pa.array(p.rank.astype(np.uint16)) for p in parts], pa.uint16()),
            "score": pa.chunked_array([pa.array(p.score) for p in parts], pa.float32()),
        }
    )


def _parts(articles: np.ndarray) -> list[np.ndarray]:
    return [articles[i : i + ROWS_PER_SEARCH] for i in range(0, len(articles), ROWS_PER_SEARCH)]


def _nearest(index: ArticleIndex, articles: np.ndarray, vectors: np.ndarray, keep: int):
    """The articles play the customers' part of the search; each finds itself too, which is left out."""
    found = index.search(articles, vectors[articles], keep + 1)
    other = (found.customer != found.article) & (found.score > 0)
    return rank_rows(found.customer[other], found.article[other], found.score[other], keep)


def _unit_rows(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
