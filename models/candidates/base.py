"""What every candidate source is: fitted on what was seen before a date, it ranks articles for any customers asked.

Add a source: a class with `name`, `fit(context)` and `generate(customers, k)`, and one line in `models.candidates.SOURCES`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol, Self, TypeVar

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_matrix

from models.decay import Decay
from models.interactions import Interactions, TableReader

T = TypeVar("T")


class Marts(Protocol):
    """The dbt marts of one as-of date."""

    def read(self, mart: str, columns: list[str] | None = None) -> pa.Table: ...


@dataclass(frozen=True)
class CatalogueMarts:
    """The marts of one date, read from the warehouse (database `marts`)."""

    catalogue: TableReader
    as_of: date

    def read(self, mart: str, columns: list[str] | None = None) -> pa.Table:
        """Rows of one date's partition of a mart.

        Raises:
            MissingDataError: the mart or its partition is not there.
        """
        return self.catalogue.read(f"marts.{mart}", columns, as_of_date=self.as_of)


@dataclass(frozen=True)
class TableMarts:
    """Marts held in memory, for tests and experiments without a warehouse."""

    tables: dict[str, pa.Table]

    def read(self, mart: str, columns: list[str] | None = None) -> pa.Table:
        """The table of that name; KeyError where it is not given."""
        return self.tables[mart].select(columns) if columns else self.tables[mart]


@dataclass(frozen=True)
class Context:
    """What a fit may see.

    Attributes:
        log: purchases before `as_of`, and none after.
        as_of: first day that may not be seen.
        marts: the dbt marts of that date.
        allow_repeats: whether an article the customer already bought may be recommended.
    """

    log: Interactions
    as_of: date
    marts: Marts
    allow_repeats: bool = True
    _shared: dict = field(default_factory=dict, repr=False, compare=False)

    def with_repeats(self, allowed: bool) -> "Context":
        """The same with repeats allowed or forbidden; what sources share stays shared, as it knows nothing of repeats."""
        return replace(self, allow_repeats=allowed)

    def decayed(self, decay: Decay) -> csr_matrix:
        """Customer × article decayed lines, float32; made once per decay and not to be changed."""
        return self.shared(("decayed", decay), lambda: self.log.decayed(self.as_of, decay).astype(np.float32))

    def shared(self, name: object, make: Callable[[], T]) -> T:
        """A value that several sources need (a factorisation, a matrix), made once per context."""
        if name not in self._shared:
            self._shared[name] = make()
        return self._shared[name]


def context_of(log: Interactions, as_of: date, marts: Marts, *, allow_repeats: bool = True) -> Context:
    """A context that holds only what was seen before `as_of`, whatever the log holds."""
    return Context(log.before(as_of), as_of, marts, allow_repeats)


@dataclass(frozen=True)
class CandidateBlock:
    """Ranked articles of some customers, ascending by (customer, rank); indices of `Interactions`, not join keys.

    Attributes:
        customer: int32.
        article: int32, distinct within a customer.
        rank: int16, 1 is best.
        score: float32, higher is better, comparable within the source only.
    """

    customer: np.ndarray
    article: np.ndarray
    rank: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def empty(cls) -> "CandidateBlock":
        """No candidates."""
        return cls(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int16), np.zeros(0, np.float32))

    @classmethod
    def concat(cls, blocks: Iterable["CandidateBlock"]) -> "CandidateBlock":
        """Blocks of ascending, disjoint customers, one after the other."""
        blocks = list(blocks) or [cls.empty()]
        return cls(*(np.concatenate([getattr(b, f) for b in blocks]) for f in ("customer", "article", "rank", "score")))

    def top(self, k: int) -> "CandidateBlock":
        """The first k of each customer."""
        return self.where(self.rank <= k)

    def where(self, keep: np.ndarray) -> "CandidateBlock":
        """The rows of a mask, ranks as they were."""
        return CandidateBlock(self.customer[keep], self.article[keep], self.rank[keep], self.score[keep])


class CandidateSource(Protocol):
    """One way of proposing articles. Fitting twice on the same context gives the same bits."""

    name: str

    def fit(self, context: Context) -> Self:
        """Learn from what was seen before `context.as_of`; returns itself."""
        ...

    def generate(self, customers: np.ndarray, k: int) -> CandidateBlock:
        """At most k articles for each of some customers (indices, ascending); a customer may get none.

        Memory grows with `len(customers)`: callers stream blocks (`blocks_of`).
        """
        ...


def blocks_of(customers: np.ndarray, size: int = 4096) -> Iterator[np.ndarray]:
    """Customers in consecutive blocks: the unit of work, so that memory does not grow with their number."""
    for start in range(0, len(customers), size):
        yield customers[start : start + size]
