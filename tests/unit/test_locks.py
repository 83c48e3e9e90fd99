import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from infra import locks

HOLD = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from infra import locks
sys.argv = ["hm", "land", "folder"]
with locks.metastore(SimpleNamespace(state_dir=Path(sys.argv[0] and "{state}"), lock_timeout_s=1)):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def held(tmp_path):
    """Another process that holds the metastore."""
    process = subprocess.Popen([sys.executable, "-c", HOLD.format(state=tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip() == "held"
    yield process
    process.kill()
    process.wait()


def settings(folder, timeout_s):
    return SimpleNamespace(state_dir=folder, lock_timeout_s=timeout_s)


def test_a_waiting_command_names_the_holder_and_gives_up_in_one_sentence(held, tmp_path, capsys):
    with (
        pytest.raises(locks.LockHeldError, match=rf"hm land folder \(process {held.pid}"),
        locks.metastore(settings(tmp_path, 0.3)),
    ):
        pass
    assert "Waiting up to 0 s for the Hive metastore" in capsys.readouterr().err


def test_a_killed_holder_lets_go(held, tmp_path):
    held.kill()
    held.wait()
    begun = time.perf_counter()
    with locks.metastore(settings(tmp_path, 30)):
        assert time.perf_counter() - begun < 5


def test_whoever_has_a_result_to_keep_waits_without_a_limit_and_names_each_holder(held, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(locks, "REMIND_S", 0.2)
    threading.Timer(0.7, held.kill).start()
    with locks.metastore(settings(tmp_path, 0), without_limit=True):
        pass
    said = capsys.readouterr().err.splitlines()
    assert len(said) > 1
    assert all(f"hm land folder (process {held.pid}" in line and "nothing is lost" in line for line in said)


def test_the_stores_do_not_wait_for_each_other(held, tmp_path):
    with locks.serving(settings(tmp_path, 0)):
        pass
