"""Which variant a customer gets: a hash of salt and id, the same in Python and in ClickHouse.

bucket(salt, id) = the first eight bytes of SHA-256("salt:id") as a big-endian number, mod 10,000. Two draws per experiment:
the layer's decides who takes part (`traffic`), the experiment's own which variant. Draws with different salts are
independent, so experiments of two layers are too. Nothing is stored: the same id has the same variant always, everywhere.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate

import numpy as np

from warehouse.experiments.definition import BUCKETS, Experiment, Variant

BUCKET_SQL = "reinterpretAsUInt64(reverse(substring(SHA256(concat({salt}, ':', {customer_id})), 1, 8))) % 10000"
"""The bucket in ClickHouse; {salt} and {customer_id} are SQL expressions."""


def bucket(salt: str, customer_id: str) -> int:
    """A customer's bucket under a salt, 0 to 9,999."""
    return int.from_bytes(sha256(f"{salt}:{customer_id}".encode()).digest()[:8], "big") % BUCKETS


def buckets(salt: str, ids: Sequence[str] | np.ndarray) -> np.ndarray:
    """`bucket` of many customers, int64; about a microsecond each, nearly all of it in the hash."""
    start = sha256(f"{salt}:".encode())

    def head(customer_id: str) -> bytes:
        digest = start.copy()
        digest.update(customer_id.encode())
        return digest.digest()[:8]

    return (np.frombuffer(b"".join(map(head, ids)), ">u8") % BUCKETS).astype(np.int64)


def bounds(experiment: Experiment) -> list[int]:
    """Upper bucket of each variant, exclusive; the last one is 10,000."""
    total = sum(variant.weight for variant in experiment.variants)
    return [upto * BUCKETS // total for upto in accumulate(variant.weight for variant in experiment.variants)]


def shares(experiment: Experiment) -> dict[str, float]:
    """Share of the experiment's customers that each variant gets: its buckets, of 10,000."""
    tops = bounds(experiment)
    return {v.name: (top - low) / BUCKETS for v, top, low in zip(experiment.variants, tops, [0, *tops[:-1]], strict=True)}


def layer_salt(experiment: Experiment) -> str:
    """Salt of the layer's draw; no experiment's salt can be equal to it by chance of naming."""
    return f"layer/{experiment.layer}"


def variant_of(experiment: Experiment, customer_id: str) -> Variant | None:
    """The customer's variant; None: not in the experiment's traffic."""
    if not experiment.traffic[0] <= bucket(layer_salt(experiment), customer_id) < experiment.traffic[1]:
        return None
    place = bucket(experiment.salt, customer_id)
    return next(v for v, upto in zip(experiment.variants, bounds(experiment), strict=True) if place < upto)


def variants_of(experiment: Experiment, ids: Sequence[str] | np.ndarray) -> np.ndarray:
    """Names of many customers' variants, in order (dtype object); None: not in the experiment's traffic."""
    names = np.array([variant.name for variant in experiment.variants], object)
    found = names[np.searchsorted(bounds(experiment), buckets(experiment.salt, ids), side="right")]
    first, last = experiment.traffic
    if (first, last) != (0, BUCKETS):
        layer = buckets(layer_salt(experiment), ids)
        found[(layer < first) | (layer >= last)] = None
    return found


def variant_sql(experiment: Experiment, customer_id: str = "customer_id") -> tuple[str, dict[str, object]]:
    """The same assignment as a ClickHouse expression (empty string: not in the traffic) and its bound parameters.

    Args:
        customer_id: column or expression of the id; never a user's text.
    """
    place = BUCKET_SQL.format(salt="{salt:String}", customer_id=customer_id)
    layer = BUCKET_SQL.format(salt="{layer_salt:String}", customer_id=customer_id)
    chosen = f"{{names:Array(String)}}[arrayFirstIndex(upto -> {place} < upto, {{bounds:Array(UInt16)}})]"
    sql = f"if({layer} >= {{first:UInt16}} and {layer} < {{last:UInt16}}, {chosen}, '')"
    return sql, {
        "salt": experiment.salt,
        "layer_salt": layer_salt(experiment),
        "names": [variant.name for variant in experiment.variants],
        "bounds": bounds(experiment),
        "first": experiment.traffic[0],
        "last": experiment.traffic[1],
    }
