"""Several commands at once: one holds the store, the others wait for it by name; a killed one leaves nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from infra import locks
from infra.settings import REPO, Settings
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
