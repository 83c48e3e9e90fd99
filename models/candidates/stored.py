"""The stored candidates of a label week, read for some customers at a time: a week of the whole log is 35 million rows."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol, Self

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds

from models.candidates.base import CandidateBlock, blocks_of
from models.interactions import Interactions
from models.rows import rows_of

STORED = "recs.candidates"
COLUMNS = ["customer_key", "article_key", "source", "rank", "score"]


class Tables(Protocol):
    """What of `warehouse.hive.catalogue.Catalogue` is needed here."""

    def dataset(self, table: str, **where: object) -> ds.Dataset: ...


@dataclass(frozen=True)
class StoredCandidates:
    """One week's rows of recs.candidates.

    Attributes:
        rows: written in blocks of customers, one group of rows per block and source.
        log: what indices mean.
    """

    rows: ds.Dataset
    log: Interactions

    @classmethod
    def open(cls, tables: Tables, log: Interactions, week: date) -> Self:
        """The candidates of the customers who bought in the week that begins with a date.

        Raises:
            MissingDataError: none are stored for the date.
        """
        return cls(tables.dataset(STORED, as_of_date=week), log)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources that proposed anything, ascending."""
        batches = self.rows.to_batches(columns=["source"])
        return tuple(sorted({name for batch in batches for name in pc.unique(batch["source"]).to_pylist()}))

    def of(self, customers: np.ndarray) -> dict[str, CandidateBlock]:
        """Candidates of some customers by source, each ascending by customer and rank; sources in order of name."""
        table = rows_of(self.rows, COLUMNS, self.log.customers.mask_of_keys(customers))
        source = table["source"].combine_chunks().dictionary_encode()
        names, code = source.dictionary.to_pylist(), source.indices.to_numpy()
        block = CandidateBlock(
            self.log.customers.index_of_keys(table["customer_key"].to_numpy()),
            self.log.articles.index_of_keys(table["article_key"].to_numpy()),
            table["rank"].to_numpy(),
            table["score"].to_numpy(),
        )
        return {name: _in_order(block.where(code == names.index(name))) for name in sorted(names)}

    def everyones(self, customers: np.ndarray) -> dict[str, CandidateBlock]:
        """`of` for many customers, whose rows are held as 14 bytes each and not as a table."""
        parts = [self.of(block) for block in blocks_of(customers)]
        return {name: CandidateBlock.concat(p[name] for p in parts if name in p) for name in self.sources}


def _in_order(block: CandidateBlock) -> CandidateBlock:
    return block.where(np.lexsort((block.rank, block.customer)))
