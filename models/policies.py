"""Lists of simpler recommenders, for the variants of experiments: ALS and user-based neighbours, as the ladder has them."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from models.baselines import BASELINES
from models.candidates.base import CandidateBlock, CatalogueMarts, blocks_of, context_of
from models.interactions import Interactions
from models.item_to_item import KEEP
from models.side_by_side import side_by_side
from warehouse.hive.catalogue import Catalogue

POLICIES = {"als": "ALS", "user_based": "user-kNN"}
"""Policy of warehouse.serving.policies -> name in `models.baselines.BASELINES`."""


def policy_lists(
    catalogue: Catalogue,
    as_of: date,
    policy: str,
    *,
    keep: int = KEEP,
    log: Interactions | None = None,
    num_threads: int = 2,
) -> Iterator[pa.Table]:
    """Lists of everyone who bought before a date, a block of customers at a time.

    Yields:
        Columns customer_id, article_ids (at most `keep`, best first, filled with best sellers), scores (float32, falling).
    """
    log = log or Interactions.from_catalogue(catalogue)
    context = context_of(log, as_of, CatalogueMarts(catalogue, as_of))
    fitted = BASELINES[POLICIES[policy]].make().fit(context)
    customers = np.unique(context.log.pairs.customer)
    for block in side_by_side(lambda part: fitted.generate(part, keep), blocks_of(customers), num_threads):
        yield _to_arrow(block, log)


def _to_arrow(block: CandidateBlock, log: Interactions) -> pa.Table:
    order = np.lexsort((block.rank, block.customer))
    customers, starts = np.unique(block.customer[order], return_index=True)
    offsets = pa.array(np.append(starts, len(order)), pa.int32())
    articles = log.articles.ids.take(pa.array(block.article[order])).cast(pa.string())
    return pa.table(
        {
            "customer_id": log.customers.ids.take(pa.array(customers)),
            "article_ids": pa.ListArray.from_arrays(offsets, articles),
            "scores": pa.ListArray.from_arrays(offsets, pa.array(block.score[order].astype(np.float32))),
        }
    )
