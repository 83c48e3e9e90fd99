"""What is written down reaches the store once, whatever happens on the way: outages, kills, half-written lines."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from infra.settings import REPO
from warehouse.api.carrier import Carrier
from warehouse.api.spool import Spool, SpoolFullError
from warehouse.serving.errors import StoreError
from warehouse.serving.store import open_store

MIB = 1 << 20


def within(found, wanted, seconds: float = 60):
    """Ask until the answer is the wanted one; the last answer."""
    end = time.monotonic() + seconds
    while (answer := found()) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def count(store, table: str = "events") -> int:
    return store.query(f"select count() from {table}").result_rows[0][0]


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
