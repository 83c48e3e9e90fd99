"""Exposures and events reach the store once, whatever happens on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from small_warehouse import ARTICLES, customer

from infra.settings import REPO
from warehouse.api.carrier import Carrier
from warehouse.api.spool import Spool, SpoolFullError
from warehouse.experiments.assignment import variant_of
from warehouse.experiments.definition import load
from warehouse.serving.errors import StoreError
from warehouse.serving.store import open_store

MIB = 1 << 20
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


def within(found, wanted, seconds: float = 10):
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


# -- the spool --------------------------------------------------------------------------------------------------------


def a_row(i: int) -> dict:
    return {
        "event_id": f"e{i}",
        "kind": "click",
        "customer_id": "c",
        "article_id": "",
        "value": "0",
        "at": "2020-09-24 10:00:00",
    }


def away(*_):
    raise StoreError("away")


def test_while_the_store_is_away_rows_wait_on_disk_and_then_arrive_once(store, settings, tmp_path):
    spool, is_away = Spool(tmp_path, "events", max_bytes=MIB), [True]

    def connect():
        if is_away[0]:
            raise StoreError("away")
        return open_store(settings)

    carrier = Carrier([spool], connect, every_s=0.02)
    carrier.start()
    spool.append([a_row(1)])
    assert within(lambda: carrier.is_away, True)
    spool.append([a_row(2), a_row(3)])
    assert count(store) == 0 and spool.waiting_bytes > 0 and spool.oldest_s >= 0
    is_away[0] = False
    assert within(lambda: count(store), 3) == 3
    carrier.stop()
    assert (spool.waiting_bytes, list(tmp_path.iterdir())) == (0, [])


def test_what_is_not_sent_before_the_end_is_sent_after_the_next_start(store, settings, tmp_path):
    spool = Spool(tmp_path, "events", max_bytes=MIB)
    first = Carrier([spool], away, every_s=0.02)
    first.start()
    spool.append([a_row(1)])
    first.stop()
    again = Spool(tmp_path, "events", max_bytes=MIB)
    assert again.waiting_bytes > 0
    again.append([a_row(2)])
    assert Carrier([again], lambda: open_store(settings)).carry() == 2
    assert sorted(store.query("select event_id from events").result_columns[0]) == ["e1", "e2"]


def test_a_file_that_was_sent_and_not_removed_is_sent_again_without_harm(store, settings, tmp_path, monkeypatch):
    spool = Spool(tmp_path, "events", max_bytes=MIB)
    spool.append([a_row(1), a_row(2)])
    carrier = Carrier([spool], lambda: open_store(settings))
    with monkeypatch.context() as killed:
        killed.setattr(Spool, "sent", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            carrier.carry()
    carrier.carry()
    assert store.query("select count() from events final").result_rows == [(2,)]


def test_a_line_that_a_power_cut_left_half_written_is_passed_over(store, settings, tmp_path):
    spool = Spool(tmp_path, "events", max_bytes=MIB)
    spool.append([a_row(1)])
    spool.rotate()
    with next(tmp_path.iterdir()).open("ab") as file:
        file.write(json.dumps(a_row(2)).encode()[:20])
    Carrier([Spool(tmp_path, "events", max_bytes=MIB)], lambda: open_store(settings)).carry()
    assert store.query("select event_id from events").result_rows == [("e1",)]


def test_a_full_spool_refuses_whole_batches_and_says_what_to_do(tmp_path):
    spool = Spool(tmp_path, "events", max_bytes=500)
    spool.append([a_row(1)])
    with pytest.raises(SpoolFullError, match="HM_SPOOL_MAX_MB"):
        spool.append([a_row(i) for i in range(9)])
    spool.append([a_row(2)])
    spool.rotate()
    assert len(next(tmp_path.iterdir()).read_text().splitlines()) == 2


def test_what_was_accepted_survives_a_kill_and_is_replayed(store, settings, tmp_path):
    code = f"""
import json, os, signal
from pathlib import Path
from warehouse.api.spool import Spool
spool = Spool(Path({str(tmp_path)!r}), "events", max_bytes=1 << 20, sync_s=60)
for i in range(1, 1000):
    spool.append([json.loads({json.dumps(a_row(0))!r}) | {{"event_id": f"e{{i}}"}}])
    print(i, flush=True)
    if i == 300:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, env=os.environ | {"PYTHONPATH": str(REPO)}, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    accepted = killed.stdout.split()
    Carrier([Spool(tmp_path, "events", max_bytes=MIB)], lambda: open_store(settings)).carry()
    assert len(accepted) == 300
    assert count(store) == 300


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
