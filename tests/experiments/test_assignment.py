"""A million customers: each variant gets its share, two layers know nothing of each other, SQL says the same."""

from hashlib import sha256

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from warehouse.experiments.assignment import bucket, buckets, variant_of, variant_sql, variants_of
from warehouse.experiments.definition import Experiment

N = 1_000_000


def experiment(**changes):
    given = {
        "name": "one",
        "starts": "2020-09-23T00:00:00Z",
        "ends": "2020-10-21T00:00:00Z",
        "variants": [{"name": "a"}, {"name": "b", "weight": 2}, {"name": "c", "weight": 5}],
        "goal": "purchases",
    }
    return Experiment.model_validate(given | changes)


@pytest.fixture(scope="module")
def ids():
    return [f"{i:064x}" for i in range(N)]


@pytest.fixture(scope="module")
def first(ids):
    return variants_of(experiment(), ids)


def counts(variants):
    return dict(zip(*np.unique(variants, return_counts=True), strict=True))


def test_a_million_customers_fall_to_the_variants_by_weight(first):
    found = counts(first)
    expected = {"a": N * 0.125, "b": N * 0.25, "c": N * 0.625}
    assert chisquare([found[k] for k in "abc"], [expected[k] for k in "abc"]).pvalue > 0.001


def test_the_same_customer_gets_the_same_variant_whoever_is_asked_with_it(ids, first):
    assert (variants_of(experiment(), ids[::-1][:1000])[::-1] == first[-1000:]).all()
    assert [variant_of(experiment(), i).name for i in ids[:200]] == first[:200].tolist()


def test_two_layers_are_independent(ids, first):
    other = variants_of(experiment(name="two", layer="page"), ids)
    table = [[np.sum((first == i) & (other == j)) for j in "abc"] for i in "abc"]
    assert chi2_contingency(table).pvalue > 0.001
    assert counts(other) != counts(first)


def test_two_experiments_of_a_layer_share_nobody_and_traffic_is_independent_of_the_variant(ids):
    one = variants_of(experiment(traffic=(0, 3000)), ids)
    two = variants_of(experiment(name="two", traffic=(3000, 10000)), ids)
    inside = np.array([v is not None for v in one])
    assert not (inside & np.array([v is not None for v in two])).any()
    assert abs(inside.mean() - 0.3) < 0.002
    found = counts(one[inside])
    assert chisquare([found[k] for k in "abc"], inside.sum() * np.array([0.125, 0.25, 0.625])).pvalue > 0.001
    outside = ids[int(np.flatnonzero(~inside)[0])]
    assert variant_of(experiment(traffic=(0, 3000)), outside) is None


def test_all_buckets_are_used_evenly(ids):
    assert chisquare(np.bincount(buckets("salt", ids), minlength=10_000)).pvalue > 0.001


def test_the_bucket_is_what_is_documented():
    assert bucket("salt", "id") == int(sha256(b"salt:id").hexdigest()[:16], 16) % 10_000
    assert buckets("salt", ["id"]).tolist() == [bucket("salt", "id")]


@pytest.mark.parametrize("traffic", [(0, 10_000), (2_500, 7_000)])
def test_clickhouse_assigns_the_same(store, ids, traffic):
    tested = experiment(traffic=traffic)
    sql, parameters = variant_sql(tested, "id")
    numbers = "select leftPad(lower(hex(number)), 64, '0') as id from numbers(20000)"
    rows = store.query(f"select id, {sql} from ({numbers}) order by id", parameters=parameters).result_rows
    assert [i for i, _ in rows] == ids[:20_000]
    assert [v or None for _, v in rows] == variants_of(tested, ids[:20_000]).tolist()
