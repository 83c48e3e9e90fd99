"""What is published around every article: substitutes, complements, and where it lies on a map."""

from datetime import date

import numpy as np
import pyarrow as pa
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from models.candidates.base import CandidateBlock, CatalogueMarts, context_of
from models.decay import reciprocal
from models.interactions import Interactions
from models.item_to_item.complements import Complements
from models.item_to_item.substitutes import Substitutes
from warehouse.hive.catalogue import Catalogue
from warehouse.serving.inputs import Around

KEEP = 24
"""Articles kept per article: the 12 that are shown, and as many again for exclusions."""
MAPPED = 1_500
"""Best sellers on the map: as many points as can be told apart on a page."""
SEED = 7


def around(catalogue: Catalogue, as_of: date, *, keep: int = KEEP, log: Interactions | None = None) -> Around:
    """Around every article of the catalogue, from what was seen before a date.

    Returns:
        similar_articles: article_id, similar_article_id, rank (uint16, 1 is nearest), score (float32 cosine, above 0).
        complementary_articles: article_id, paired_article_id, rank, score (float32, higher goes better with it).
        article_map: article_id, x, y (float32; distances between neighbours mean something, axes nothing).
    """
    log = log or Interactions.from_catalogue(catalogue)
    context = context_of(log, as_of, CatalogueMarts(catalogue, as_of))
    everything = np.arange(len(log.articles), dtype=np.int32)
    instead = Substitutes().fit(context)
    along = Complements().fit(context)
    return Around(
        similar_articles=_listed(instead.generate(everything, keep), "similar_article_id", log),
        complementary_articles=_listed(along.generate(everything, keep), "paired_article_id", log),
        article_map=_map(_best_sellers(context.log, as_of, instead.on_sale), instead.vectors, log),
    )


def _listed(lists: CandidateBlock, name: str, log: Interactions) -> pa.Table:
    ids = log.articles.ids
    return pa.table(
        {
            "article_id": ids.take(pa.array(lists.customer)),
            name: ids.take(pa.array(lists.article)),
            "rank": pa.array(lists.rank.astype(np.uint16)),
            "score": pa.array(lists.score),
        }
    )


def _best_sellers(log: Interactions, as_of: date, on_sale: np.ndarray) -> np.ndarray:
    sales = log.article_weights(as_of, reciprocal)[on_sale]
    return np.sort(on_sale[np.argsort(-sales, kind="stable")[:MAPPED]])


def _map(articles: np.ndarray, vectors: np.ndarray, log: Interactions) -> pa.Table:
    """Two dimensions by t-SNE (van der Maaten and Hinton 2008), which keeps neighbours together."""
    place = np.zeros((len(articles), 2), np.float32)
    if len(articles) > 3:
        perplexity = min(30.0, (len(articles) - 1) / 3)
        with threadpool_limits(1, "blas"):
            place = TSNE(perplexity=perplexity, init="pca", random_state=SEED).fit_transform(vectors[articles])
    return pa.table(
        {
            "article_id": log.articles.ids.take(pa.array(articles)),
            "x": place[:, 0].astype(np.float32),
            "y": place[:, 1].astype(np.float32),
        }
    )
