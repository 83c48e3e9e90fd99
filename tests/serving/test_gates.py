"""The gates on a small warehouse and a small store: what passes, and each fault that a gate is there for."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from small_warehouse import ARTICLES, AS_OF, N_ARTICLES, N_KEPT, customer, recommendations

from warehouse.gates import lists
from warehouse.gates.gate import FAILS, NOT_COMPARED, PASSES, GateError, require
from warehouse.gates.publication import DRIFTING, KEPT, MIX, OVERLAP, gates, gates_file, last_verdicts

WEEK = timedelta(days=7)
BETTER = {"verdict": {"difference": 0.01, "full_system": 0.11, "best_baseline": "popular", "best_baseline_map": 0.1}}
WORSE = {"verdict": {"difference": -0.01, "full_system": 0.1, "best_baseline": "popular", "best_baseline_map": 0.11}}
EVERYONE = 8
HONEST = {"gain": {"own.n_lines": 0.16, "rank.ridge": 0.1}, "alarm": ""}


@pytest.fixture
def ready(warehouse, settings):
    """A warehouse in which every gate passes: everyone has a list, features stand still, purchases reach up to the date."""
    for day in (AS_OF - WEEK, AS_OF, AS_OF + WEEK):
        for table, columns in DRIFTING.items():
            warehouse.write(table, features(columns), day)
        warehouse.write("recs.recommendations", recommendations("a", EVERYONE), day)
    warehouse.write("marts.popular_articles", warehouse.catalogue.read("marts.popular_articles", as_of_date=AS_OF), AS_OF)
    warehouse.write("raw.landed_days", pa.table({"t_dat": [AS_OF - timedelta(days=1), AS_OF + timedelta(days=6)]}))
    return warehouse


def features(columns: list[str], scale: float = 1.0) -> pa.Table:
    values = np.random.default_rng(0).lognormal(size=500) * scale
    return pa.table(dict.fromkeys(columns, values))


@pytest.fixture
def found(ready, settings, store):
    """The gates' verdicts by name, as of a date."""

    def call(day: date = AS_OF, metrics: dict | None = BETTER, model: dict | None = HONEST) -> dict:
        return {gate.name: gate for gate in gates(settings, ready.catalogue, day, metrics, model)}

    return call


def test_a_first_run_passes_and_says_what_there_was_nothing_to_compare_with(found, settings):
    verdicts = {name: gate.verdict for name, gate in found().items()}
    assert {name for name, verdict in verdicts.items() if verdict == NOT_COMPARED} == {KEPT, OVERLAP, MIX}
    assert set(verdicts.values()) == {PASSES, NOT_COMPARED}
    assert len(verdicts) == 8
    assert last_verdicts(settings)["as_of_date"] == str(AS_OF)
    gates_file(settings, AS_OF).unlink()


def test_a_model_that_one_feature_carries_is_not_published(found):
    told = {"gain": {"own.bought_next_week": 0.81}, "alarm": "feature own.bought_next_week carries 81% of the model's gain"}
    gate = found(model=told)["largest share of the gain"]
    assert (gate.verdict, gate.value) == (FAILS, 0.81)
    with pytest.raises(GateError, match=r"own\.bought_next_week carries 81%"):
        require([gate])
    assert found(model=None)["largest share of the gain"].verdict == NOT_COMPARED


def test_the_same_lists_a_week_later_pass_every_gate(found, publish_it):
    publish_it()
    verdicts = found(AS_OF + WEEK)
    assert {gate.verdict for gate in verdicts.values()} == {PASSES}
    assert verdicts[OVERLAP].value == 1
    assert verdicts[MIX].value == 0
    require(list(verdicts.values()))


@pytest.mark.parametrize(("metrics", "why"), [(None, "hm evaluate"), ({"verdict": None}, "hm evaluate"), (WORSE, "0.1100")])
def test_what_is_worse_than_a_baseline_or_not_judged_fails(found, metrics, why):
    with pytest.raises(GateError, match=f"^Not published: .*{why}"):
        require(list(found(metrics=metrics).values()))


def failing(verdicts: dict) -> list[str]:
    return [gate.name for gate in verdicts.values() if gate.verdict == FAILS]


def test_a_week_of_which_nothing_landed_fails(found, ready):
    ready.write("raw.landed_days", pa.table({"t_dat": [AS_OF - timedelta(days=8), AS_OF + timedelta(days=1)]}))
    assert failing(found()) == ["days since the last purchase"]
    ready.write("raw.landed_days", pa.table({"t_dat": [AS_OF - timedelta(days=7)]}))
    assert failing(found()) == []


def test_customers_without_a_list_fail(found, ready, publish_it):
    publish_it()
    ready.write("recs.recommendations", recommendations("a", EVERYONE - 1), AS_OF + WEEK)
    assert failing(found(AS_OF + WEEK)) == ["customers with a list", KEPT]


def test_lists_of_other_customers_fail(found, ready, publish_it):
    publish_it()
    lists_of_a_week_on(ready, article=lambda i, rank: (i + rank + N_ARTICLES // 2) % N_ARTICLES)
    verdicts = found(AS_OF + WEEK)
    assert failing(verdicts) == [OVERLAP]
    assert verdicts[OVERLAP].value == 0
    assert "run 1" in verdicts[OVERLAP].says


def test_overlap_counts_the_shown_articles_of_the_same_customer(ready, publish_it, store):
    publish_it()
    lists_of_a_week_on(ready, article=lambda i, rank: (i + rank + 3) % N_ARTICLES)
    assert lists.overlap(store, 1, ready.catalogue, AS_OF + WEEK) == (9 / 12, EVERYONE)


def test_a_source_that_falls_silent_fails(found, ready, publish_it):
    publish_it()
    lists_of_a_week_on(ready, source=lambda rank: "source a" if rank <= 8 else "another")
    verdicts = found(AS_OF + WEEK)
    assert failing(verdicts) == [MIX]
    assert verdicts[MIX].value == pytest.approx(4 / 12)
    assert "source a 100% to 67%" in verdicts[MIX].says or "another 0% to 33%" in verdicts[MIX].says


def test_a_feature_in_another_unit_fails_and_is_named(found, ready):
    for table, columns in DRIFTING.items():
        ready.write(table, features(columns), AS_OF)
    columns = DRIFTING["marts.article_features"]
    place = columns.index("mean_price_28d")
    prices = features(columns).set_column(place, "mean_price_28d", features(["x"], scale=100)["x"])
    ready.write("marts.article_features", prices, AS_OF)
    verdicts = found()
    assert failing(verdicts) == ["feature drift"]
    assert "article_features.mean_price_28d" in verdicts["feature drift"].says


def test_a_date_before_the_published_one_and_one_long_after_are_not_compared(found, ready, publish_it):
    publish_it()
    assert found(AS_OF)[OVERLAP].verdict == PASSES
    before = AS_OF - WEEK
    ready.write("raw.landed_days", pa.table({"t_dat": [before - timedelta(days=1)]}))
    for table, columns in DRIFTING.items():
        ready.write(table, features(columns), before - WEEK)
    assert {name for name, gate in found(before).items() if gate.verdict == NOT_COMPARED} == {KEPT, OVERLAP, MIX}


def test_several_failures_are_one_sentence_that_names_them(found, ready, publish_it):
    publish_it()
    ready.write("recs.recommendations", recommendations("a", 2), AS_OF + WEEK)
    with pytest.raises(GateError) as failure:
        require(list(found(AS_OF + WEEK, metrics=WORSE).values()))
    said = str(failure.value)
    assert said.startswith("Not published: MAP@12")
    assert "and 2 more: customers with a list, customers kept" in said
    assert "\n" not in said


def lists_of_a_week_on(ready, article=lambda i, rank: (i + rank) % N_ARTICLES, source=lambda rank: "source a") -> None:
    numbers = sorted(range(EVERYONE), key=customer)
    rows = [(i, rank) for i in numbers for rank in range(1, N_KEPT + 1)]
    table = recommendations("a", EVERYONE)
    for name, values in {
        "article_id": [ARTICLES[article(i, rank)] for i, rank in rows],
        "source": [source(rank) for _, rank in rows],
    }.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(values))
    ready.write("recs.recommendations", table, AS_OF + WEEK)
