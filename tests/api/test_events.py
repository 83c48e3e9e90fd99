"""Exposures and events: what is taken, what is refused, and what a variant is served."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from small_warehouse import ARTICLES, customer

from warehouse.experiments.assignment import variant_of
from warehouse.experiments.definition import load
from warehouse.serving.errors import StoreError

TEST = """
experiments:
  - name: lists
    starts: 2020-09-23
    ends: 2020-10-21
    variants: [{name: simple, serves: popular}, {name: full, serves: full_system}]
    goal: purchases
  - name: layout
    layer: page
    starts: 2020-09-23
    ends: 2020-10-21
    variants: [{name: grid}, {name: carousel}]
    goal: purchases
"""


def event(i: int, **fields: object) -> dict:
    given = {"event_id": f"e{i}", "kind": "click", "customer_id": customer(0), "article_id": ARTICLES[1]}
    return given | fields


def within(found, wanted, seconds: float = 60):
    """Ask until the answer is the wanted one; the last answer."""
    end = time.monotonic() + seconds
    while (answer := found()) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def count(store, table: str = "events") -> int:
    return store.query(f"select count() from {table}").result_rows[0][0]


def test_an_event_is_in_the_store_with_all_that_was_said(api, store):
    client = api()
    said = event(1, kind="purchase", value="12.3456", at="2020-09-24T10:00:00.125+02:00", session_id="s1", simulated=True)
    answer = client.post("/events", json={"events": [said]}, headers={"X-Request-ID": "request-0001"})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0})
    assert within(lambda: count(store), 1) == 1
    (row,) = store.query("select * from events").named_results()
    assert {**row, "value": str(row["value"]), "at": str(row["at"])} == {
        "event_id": "e1",
        "kind": "purchase",
        "customer_id": customer(0),
        "article_id": ARTICLES[1],
        "value": "12.3456",
        "at": "2020-09-24 08:00:00.125000",
        "session_id": "s1",
        "request_id": "request-0001",
        "is_simulated": True,
    }


def test_an_event_sent_again_counts_once(api, store):
    client = api()
    batch = {"events": [event(1, at="2020-09-24T10:00:00Z"), event(1, at="2020-09-24T10:00:00Z"), event(2)]}
    assert client.post("/events", json=batch).json() == {"accepted": 2, "duplicates": 1}
    client.post("/events", json=batch)
    assert within(lambda: store.query("select uniqExact(event_id) from events").result_rows[0][0], 2) == 2
    assert within(lambda: store.query("select count() from events final where event_id = 'e1'").result_rows[0][0], 1) == 1


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"kind": "theft"}, "body.events.0.kind"),
        ({"customer_id": "12"}, "body.events.0.customer_id"),
        ({"article_id": None}, "body.events.0"),
        ({"value": -1}, "body.events.0.value"),
        ({"value": "1e9"}, "body.events.0.value"),
        ({"at": (datetime.now(UTC) + timedelta(days=3)).isoformat()}, "body.events.0"),
        ({"event_id": "x" * 65}, "body.events.0.event_id"),
        ({"colour": "red"}, "body.events.0.colour"),
    ],
)
def test_one_bad_event_refuses_the_batch_and_says_where(api, settings, fields, where):
    client = api()
    answer = client.post("/events", json={"events": [event(1, **fields), event(2)]})
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["errors"]] == [where]
    assert not list(settings.spool_dir.glob("events-*"))


def test_at_most_a_thousand_events_at_a_time_and_at_least_one(api):
    client = api()
    assert client.post("/events", json={"events": [event(i) for i in range(1_001)]}).status_code == 422
    assert client.post("/events", json={"events": []}).status_code == 422
    assert client.post("/events", json={"events": [event(i) for i in range(1_000)]}).status_code == 202


def test_a_variant_is_served_and_its_exposures_are_recorded_once_per_answer(api, store, publish_it, experiments):
    publish_it()
    experiments.write_text(TEST)
    lists, layout = load(experiments)
    client, moment = api(), "2020-09-24T10:00:00Z"
    served = {}
    for i in range(5):
        who = customer(i)
        answer = client.get(f"/recommendations/{who}", params={"simulated": True, "at": moment}).json()
        assert answer["experiments"] == [{"experiment": e.name, "variant": variant_of(e, who).name} for e in (lists, layout)]
        served[variant_of(lists, who).name] = answer["answered_by"]
    assert served == {"simple": "overall", "full": "own"}
    assert within(lambda: count(store, "exposures"), 10) == 10
    rows = store.query("select experiment, variant, customer_id, toString(at), run, is_simulated from exposures").result_rows
    assert {row[2:] for row in rows} == {(customer(i), "2020-09-24 10:00:00.000", 1, True) for i in range(5)}
    assert {(row[0], row[1], row[2]) for row in rows} == {
        (e.name, variant_of(e, customer(i)).name, customer(i)) for e in (lists, layout) for i in range(5)
    }


def test_an_experiment_that_does_not_run_now_changes_nothing(api, store, publish_it, experiments):
    publish_it()
    experiments.write_text(TEST)
    client = api()
    assert client.get(f"/recommendations/{customer(0)}").json()["experiments"] == []
    shown = client.get("/experiments").json()
    assert [(e["name"], e["is_running"]) for e in shown["experiments"]] == [("lists", False), ("layout", False)]


def test_a_variant_that_the_store_cannot_serve_is_no_exposure(api, store, publish_it, experiments):
    publish_it()
    experiments.write_text(
        TEST.replace("serves: popular", "serves: run:7").replace("serves: full_system", "serves: user_based")
    )
    answer = api().get(f"/recommendations/{customer(0)}", params={"simulated": True, "at": "2020-09-24"}).json()
    assert answer["answered_by"] == "own"
    assert [e["experiment"] for e in answer["experiments"]] == ["layout"]


def test_a_file_of_experiments_that_became_faulty_changes_nothing_and_is_told(api, experiments, monkeypatch):
    monkeypatch.setattr("warehouse.api.service.LOOK_S", 0)
    experiments.write_text(TEST)
    client = api()
    assert len(client.get("/experiments").json()["experiments"]) == 2
    experiments.write_text("experiments: [{name: 1}]")
    told = client.get("/experiments").json()
    assert len(told["experiments"]) == 2 and "line" in told["fault"]
    experiments.write_text("experiments: []")
    assert client.get("/experiments").json() == {"experiments": [], "fault": None}


def away(*_):
    raise StoreError("away")


def test_while_the_store_is_away_lookups_say_so_and_events_are_taken_all_the_same(api, store, publish_it, monkeypatch):
    publish_it()
    client = api()
    assert client.get("/popular").status_code == 200
    with monkeypatch.context() as outage:
        outage.setattr("warehouse.api.service.Clients.one", away)
        for path in (f"/recommendations/{customer(0)}", "/popular", "/readyz"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
        assert client.get("/healthz").status_code == 200
        assert client.post("/events", json={"events": [event(1)]}).status_code == 202
    assert client.get("/popular").status_code == 200
    assert within(lambda: count(store), 1) == 1
