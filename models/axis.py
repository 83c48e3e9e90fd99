"""Customers or articles in natural-id order, and the ways from keys, ids and attributes to positions in it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infra.errors import UserError


class UnknownKeyError(UserError):
    """The log names a customer or an article that its dimension does not hold."""


@dataclass(frozen=True)
class Axis:
    """Customers or articles in ascending order of their ids; position in it is the index used everywhere in `models`.

    Attributes:
        ids: natural ids, ascending.
        keys: the warehouse's join key of each index, int32.
        attributes: the dimension's other columns, in index order.
    """

    ids: pa.Array
    keys: np.ndarray
    attributes: pa.Table

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def from_table(cls, table: pa.Table, id_column: str, key_column: str) -> "Axis":
        """Order a dimension by id; without a key column the index is the key."""
        table = table.take(pc.sort_indices(table[id_column])).combine_chunks()
        keys = np.arange(len(table), dtype=np.int32)
        if key_column in table.column_names:
            keys = table[key_column].to_numpy().astype(np.int32)
        return cls(table[id_column].combine_chunks(), keys, table)

    @cached_property
    def _index_of_key(self) -> np.ndarray:
        # One place more than there are keys: index -1 reads "unknown".
        lookup = np.full(int(self.keys.max(initial=-1)) + 2, -1, np.int32)
        lookup[self.keys] = np.arange(len(self.keys), dtype=np.int32)
        return lookup

    def index_of_keys(self, keys: np.ndarray) -> np.ndarray:
        """Indices of join keys, int32.

        Raises:
            UnknownKeyError: a key is not in the dimension.
        """
        lookup = self._index_of_key
        inside = (keys >= 0) & (keys < len(lookup) - 1)
        index = lookup[np.where(inside, keys, -1)]
        if (index < 0).any():
            raise UnknownKeyError(f"Key {keys[index < 0][0]} is in the log but in no dimension; build the features again.")
        return index

    def mask_of_keys(self, indices: np.ndarray) -> np.ndarray:
        """Boolean mask by join key, true for those of some indices."""
        mask = np.zeros(int(self.keys.max(initial=-1)) + 1, bool)
        mask[self.keys[indices]] = True
        return mask

    def index_of_ids(self, ids: pa.Array | pa.ChunkedArray) -> np.ndarray:
        """Indices of natural ids, int32; -1 where unknown."""
        found = pc.index_in(ids, value_set=self.ids)
        return pc.fill_null(found, -1).to_numpy().astype(np.int32)

    def codes(self, attribute: str) -> np.ndarray:
        """An attribute as dense int32 codes in ascending order of its values; -1 where null or absent."""
        if attribute not in self.attributes.column_names:
            return np.full(len(self), -1, np.int32)
        values = self.attributes[attribute].combine_chunks()
        distinct = pc.drop_null(values.unique())
        distinct = distinct.take(pc.sort_indices(distinct))
        return pc.fill_null(pc.index_in(values, value_set=distinct), -1).to_numpy().astype(np.int32)
