"""What every candidate source is worth: what it finds, how precisely, and what nobody else finds."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from models.candidates.base import CandidateBlock
from models.evaluation.week import Week
from models.interactions import Interactions, TableReader


def stored_blocks(catalogue: TableReader, log: Interactions, as_of: date) -> dict[str, CandidateBlock]:
    """The stored candidates of a date by source, each ascending by customer and rank; sources in order of name.

    Raises:
        MissingDataError: no candidates are stored for the date.
    """
    table = catalogue.read("recs.candidates", as_of_date=as_of)
    source = table["source"].combine_chunks().dictionary_encode()
    customer = log.customers.index_of_keys(table["customer_key"].to_numpy())
    article = log.articles.index_of_keys(table["article_key"].to_numpy())
    rank, score, code = table["rank"].to_numpy(), table["score"].to_numpy(), source.indices.to_numpy()
    order = np.lexsort((rank, customer, code))
    rows = CandidateBlock(customer[order], article[order], rank[order], score[order])
    names = source.dictionary.to_pylist()
    return {name: rows.where(code[order] == names.index(name)) for name in sorted(names)}


def source_rows(week: Week, blocks: Mapping[str, CandidateBlock]) -> list[dict]:
    """One row per source, and one for their union (`all sources`): shares of the pairs bought in the week.

    `recall` is the share of bought pairs a source proposes, `precision` the share of its proposals that were bought, `lost`
    the share of bought pairs that no other source proposes.
    """
    n_articles = len(week.log.articles)
    truth = week.truth.pair_customer.astype(np.int64) * n_articles + week.truth.article
    codes = {n: np.unique(b.customer.astype(np.int64) * n_articles + b.article) for n, b in blocks.items()}
    found = {name: np.isin(truth, code) for name, code in codes.items()}
    finders = np.sum(list(found.values()), axis=0) if found else np.zeros(len(truth), int)
    rows = [_row(week, name, found[name], len(codes[name]), float(np.mean(found[name] & (finders == 1)))) for name in blocks]
    union = len(np.unique(np.concatenate(list(codes.values())))) if codes else 0
    return [*rows, _row(week, "all sources", finders > 0, union, float(np.mean(finders > 0)))]


def _row(week: Week, name: str, found: np.ndarray, proposed: int, lost: float) -> dict:
    return {
        "source": name,
        "week": str(week.as_of),
        "per_buyer": proposed / max(len(week.truth.customer), 1),
        "recall": float(np.mean(found)),
        "precision": float(found.sum() / max(proposed, 1)),
        "lost": lost,
    }
