"""The customers to forget, and how they are told in a table, a text, a store."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.forgetting.registry import sha256_of
from warehouse.hive.catalogue import Catalogue

ID, KEY = "customer_id", "customer_key"
BLANK = b"forgotten".ljust(64, b"-")
"""What stands in a text where an id stood: as long as the id, so that nothing behind it moves."""

_IDS_AT_ONCE = 100
"""Alternatives of one regular expression: its machine may not grow without bounds."""
_HEX = re.compile(rb"[0-9a-fA-F]{64,}")
_WITH_KEYS = ("raw.customer_keys", "marts.dim_customers")
"""Where ids have their keys: the second one goes before the first, so a key is known until all that it joins is gone."""


@dataclass(frozen=True)
class Customers:
    """Customers by natural id and, as far as they ever had one, by join key."""

    ids: tuple[str, ...]
    keys: tuple[int, ...] = ()

    @classmethod
    def of(cls, catalogue: Catalogue, ids: Iterable[str]) -> "Customers":
        """These ids with their keys."""
        wanted, keys = tuple(sorted(set(ids))), set()
        for table in _WITH_KEYS:
            if catalogue.partitions(table):
                rows = catalogue.dataset(table).to_table(columns=[KEY], filter=pc.field(ID).isin(wanted))
                keys |= set(rows[KEY].to_pylist())
        return cls(wanted, tuple(sorted(keys)))

    @cached_property
    def hashes(self) -> list[str]:
        """SHA-256 of the ids, ascending."""
        return sorted(map(sha256_of, self.ids))

    def rows_of(self, columns: Iterable[str]) -> pc.Expression | None:
        """Which rows of a table with these columns are theirs; None where it tells no customer."""
        named = set(columns)
        told = [pc.field(ID).isin(pa.array(self.ids, pa.string()))] if ID in named else []
        told += [pc.field(KEY).isin(pa.array(self.keys, pa.int32()))] if KEY in named else []
        return None if not told else told[0] if len(told) == 1 else told[0] | told[1]

    def places_in(self, text: "bytes | memoryview") -> Iterator[int]:
        """Where their ids begin in a text, in whatever case."""
        for run in _HEX.finditer(text):
            digits = run[0].lower().decode()
            yield from (run.start() + i for i in range(len(digits) - 63) if digits[i : i + 64] in self._wanted)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset(self.ids)

    def named_in(self, texts: pa.ChunkedArray) -> pa.Array:
        """Mask of the texts that name one of them, in whatever case."""
        found = pa.repeat(False, len(texts))
        for some in range(0, len(self.ids), _IDS_AT_ONCE):
            pattern = "|".join(self.ids[some : some + _IDS_AT_ONCE])
            named = pc.match_substring_regex(texts.combine_chunks(), pattern, ignore_case=True)
            found = pc.or_(found, pc.fill_null(named, False))
        return found
