"""`hm serve` as a process: it shares the store, and what it took survives its being killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from small_warehouse import customer

from infra import locks
from infra.settings import REPO, Settings
from warehouse.api.server import ServeError, serve

TESTS = Path(__file__).parents[1] / "serving"
PUBLISH = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from small_warehouse import AS_OF, SmallWarehouse
from infra.settings import get_settings
from warehouse.serving.publish import publish

def told(line):
    if line.startswith({killed_at!r}):
        os.kill(os.getpid(), signal.SIGKILL)

settings = get_settings()
warehouse = SmallWarehouse(settings, Path(os.environ["HM_HOME"]) / ("files-" + str(os.getpid())))
warehouse.fill({marker!r})
run = publish(settings, catalogue=warehouse.catalogue, as_of_date=AS_OF, model_run="m", metrics={{}}, code_version="0",
              lineage=[], progress=told)
print(run.run)
"""


class Shop:
    """A state folder of its own, and the processes on it."""

    def __init__(self, home: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = os.environ | {
            "HM_HOME": str(home),
            "HM_ENV": "embedded",
            "HM_API_PORT": str(self.port),
            "HM_LOCK_TIMEOUT_S": "60",
            "PYTHONPATH": str(REPO),
        }
        self.log = home / "serve.log"
        home.mkdir()
        self.server: subprocess.Popen | None = None

    def serve(self) -> None:
        with self.log.open("a") as log:
            self.server = subprocess.Popen([sys.executable, "-m", "hm.cli", "serve"], cwd=REPO, env=self.env, stderr=log)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.server.poll() is None:
            try:
                httpx.get(f"{self.url}/healthz", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def end(self, how: signal.Signals) -> int:
        self.server.send_signal(how)
        return self.server.wait(60)

    def hm(self, *args: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "hm.cli", *args]
        return subprocess.run(command, cwd=REPO, env=self.env, capture_output=True, text=True, timeout=120)

    def publish(self, marker: str, killed_at: str = "never") -> subprocess.CompletedProcess:
        code = textwrap.dedent(PUBLISH).format(tests=str(TESTS), marker=marker, killed_at=killed_at)
        return subprocess.run(
            [sys.executable, "-c", code], cwd=REPO, env=self.env, capture_output=True, text=True, timeout=120
        )


@pytest.fixture
def shop(tmp_path) -> Iterator[Shop]:
    made = Shop(tmp_path / "home")
    yield made
    if made.server and made.server.poll() is None:
        made.server.kill()
        made.server.wait()


def test_commands_share_the_store_with_the_server_and_what_it_took_survives_a_kill(shop):
    shop.serve()
    assert httpx.get(f"{shop.url}/readyz").status_code == 503
    event = {"event_id": "e1", "kind": "click", "customer_id": customer(0), "article_id": "0100000001"}

    published = shop.publish("a")  # through the door: nobody waits for the server
    assert (published.returncode, published.stdout) == (0, "1\n"), published.stderr
    assert httpx.get(f"{shop.url}/recommendations/{customer(0)}").json()["articles"][0]["reason"] == "reason a"
    assert httpx.post(f"{shop.url}/events", json={"events": [event]}).status_code == 202
    assert shop.end(signal.SIGKILL) == -signal.SIGKILL

    shop.serve()
    asked = shop.hm("sql", "--engine", "clickhouse", "--json", "select event_id from events_once")
    assert json.loads(asked.stdout) == [{"event_id": "e1"}], asked.stderr
    shop.env |= {"HM_API_PORT": "0"}
    second = shop.hm("serve")
    assert (second.returncode, "already" in second.stderr) == (2, True), second.stderr

    assert shop.publish("b", killed_at="articles").returncode == -signal.SIGKILL
    looked_up = json.loads(shop.hm("lookup", customer(0), "--json").stdout)
    assert (looked_up["run"], looked_up["articles"][0]["reason"]) == (1, "reason a")
    assert shop.publish("b").stdout == "2\n"
    assert httpx.get(f"{shop.url}/recommendations/{customer(0)}").json()["run"] == 2
    assert "Run 1 is served" in (said := shop.hm("rollback").stdout) or "1" in said
    assert httpx.get(f"{shop.url}/recommendations/{customer(0)}").json()["run"] == 1

    assert shop.end(signal.SIGTERM) == 0
    assert not list(Path(shop.env["HM_HOME"]).rglob("*.holder.json"))
    assert shop.hm("lookup", customer(0), "--json").returncode == 0
    lines = [json.loads(line) for line in shop.log.read_text().splitlines()]
    assert {line["event"] for line in lines} >= {"serving", "request"}


def test_other_machines_may_only_ask_with_a_key(settings: Settings):
    with pytest.raises(ServeError, match="HM_API_KEY"):
        serve(settings.model_copy(update={"bind_host": "0.0.0.0", "api_key": ""}))
    assert locks.door(settings) is None


def test_a_port_that_is_taken_is_told_before_anything_is_held(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ServeError, match="HM_API_PORT"):
        serve(settings.model_copy(update={"api_port": taken.getsockname()[1]}))
    assert locks.door(settings) is None
