"""Several commands at once: one holds the store, the others wait for it by name; a killed one leaves nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import chdb
import pytest

from infra import locks
from infra.local.clickhouse_http import Engine, server
from infra.settings import REPO, Settings
from warehouse.serving.errors import StoreError
from warehouse.serving.store import _ProcessHold, open_store

PRELUDE = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from small_warehouse import AS_OF, SmallWarehouse, customer
from infra.settings import get_settings
from warehouse.serving.lookup import lookup
from warehouse.serving.publish import publish
from warehouse.serving.runs import runs
from warehouse.serving.store import open_store

settings = get_settings()
warehouse = SmallWarehouse(settings, Path(os.environ["HM_HOME"]) / ("files-" + str(os.getpid())))

def publish_marked(marker, progress=lambda line: None):
    warehouse.fill(marker)
    return publish(settings, catalogue=warehouse.catalogue, as_of_date=AS_OF, model_run="m", metrics={{}},
                   code_version="0", lineage=[], progress=progress)

def first_reason():
    with open_store(settings) as client:
        return lookup(client, customer(0)).articles[0].reason
"""


@pytest.fixture
def other(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on another state folder, for processes of their own."""
    monkeypatch.setenv("HM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HM_LOCK_TIMEOUT_S", "60")
    return Settings(_env_file=(REPO / "infra" / "env" / "base.env",), env="embedded")


def started(code: str) -> subprocess.Popen:
    script = PRELUDE.format(tests=str(Path(__file__).parent)) + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=REPO,
        env=os.environ | {"PYTHONPATH": str(REPO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_command_waits_for_the_holder_and_names_it(other):
    with locks.serving(other):
        waiting = started("with open_store(settings) as client:\n    print(len(runs(client)))")
        line = waiting.stderr.readline()
        assert "Waiting up to 60 s for the serving store (chDB), held by" in line
        assert f"(process {os.getpid()}" in line
    out, err = waiting.communicate(timeout=120)
    assert (waiting.returncode, out) == (0, "0\n"), err


def test_a_command_that_waited_too_long_says_who_holds_the_store(other, monkeypatch):
    hurried = other.model_copy(update={"lock_timeout_s": 0.1})
    with locks.serving(other), pytest.raises(locks.LockHeldError, match=f"process {os.getpid()}"), open_store(hurried):
        pass


def test_the_last_user_in_a_process_frees_the_store_whichever_thread_took_it(other):
    hold, inside, first_left = _ProcessHold(), threading.Event(), threading.Event()

    def second() -> None:
        with hold.joined(other):
            inside.set()
            first_left.wait()

    thread = threading.Thread(target=second)
    with hold.joined(other):
        thread.start()
        inside.wait()
    hurried = other.model_copy(update={"lock_timeout_s": 0.1})
    with pytest.raises(locks.LockHeldError), locks.serving(hurried):
        pass
    first_left.set()
    thread.join()
    with locks.serving(hurried):
        pass


def test_who_meets_a_holder_that_opened_a_door_asks_it_instead_of_waiting(other, settings):
    with locks.serving(other):
        engine = Engine(lambda: chdb.connect(str(settings.clickhouse_dir)), at_once=2)
        front = server(engine, "127.0.0.1", 0, "s3cret")
        threading.Thread(target=front.serve_forever, daemon=True).start()
        locks.open_door(other, locks.Door(front.server_port, "s3cret"))
        note = other.state_dir / "serving.holder.json"
        assert note.stat().st_mode & 0o077 == 0
        with open_store(other) as first, open_store(other) as second:
            assert type(first).__name__ == type(second).__name__ == "HttpClient"
            # The holder's store: what it holds by now is the other tests' affair.
            where = second.command("select path from system.disks where name = 'default'")
            assert Path(where) == settings.clickhouse_dir
        wrong = other.model_copy(update={"lock_timeout_s": 0.1})
        locks.open_door(other, locks.Door(front.server_port, "guessed"))
        with pytest.raises(StoreError, match="hm serve"), open_store(wrong):
            pass
        front.shutdown()
        front.server_close()
        engine.close()
    assert locks.door(other) is None


def test_the_note_of_a_process_that_is_gone_opens_no_door(other):
    with locks.serving(other):
        locks.open_door(other, locks.Door(1, "x"))
        note = other.state_dir / "serving.holder.json"
        note.write_text(note.read_text().replace(str(os.getpid()), "99999999"))
        assert locks.door(other) is None


def test_a_publication_killed_halfway_leaves_the_old_run_and_can_be_repeated(other):
    killed = started("""
        publish_marked("a")
        publish_marked("b", progress=lambda line: os.kill(os.getpid(), signal.SIGKILL))
    """)
    _, err = killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL, err
    again = started("""
        print(first_reason())
        print(publish_marked("b").run, first_reason())
    """)
    out, err = again.communicate(timeout=120)
    assert out == "reason a\n2 reason b\n", err
