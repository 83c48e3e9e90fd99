"""`make dashboards`: what Superset is told to read, and that it is made anew when its files change."""

import runpy
import socket
import subprocess
import sys
import time

import psutil
import pytest
from sqlalchemy.engine import make_url

from infra import locks
from infra.settings import REPO
from infra.superset import start
from warehouse.dashboards import store

CONFIG = REPO / "infra" / "superset" / "superset_config.py"
URI = "clickhousedb://hm@clickhouse:8123/hm?readonly=2"


@pytest.fixture
def mutator(monkeypatch, tmp_path):
    for name, value in {"SUPERSET_SECRET_KEY": "k", "SUPERSET_HOME": str(tmp_path), "HM_CLICKHOUSE_PASSWORD": "p w"}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(CONFIG))["DB_CONNECTION_MUTATOR"]


def test_the_same_file_leads_to_the_store_of_this_machine(mutator, monkeypatch):
    monkeypatch.setenv("SUPERSET_CLICKHOUSE_URI", "clickhousedb://hm@127.0.0.1:4711/hm?readonly=2")
    uri, _ = mutator(make_url(URI), {}, None, None, None)
    assert (uri.host, uri.port, uri.password, uri.query["readonly"]) == ("127.0.0.1", 4711, "p w", "2")
    trino = make_url("trino://superset@trino:8080/hive")
    assert mutator(trino, {}, None, None, None)[0] == trino


def test_where_hm_serve_holds_the_store_its_door_is_asked_until_it_closes(settings, monkeypatch):
    door = locks.Door(4711, "secret")
    monkeypatch.setattr(locks, "door", lambda _: door)
    with store(settings) as found:
        assert make_url(found.uri).port == 4711 and found.password == "secret" and found.is_there()
        monkeypatch.setattr(locks, "door", lambda _: None)
        assert not found.is_there()


def test_a_server_is_asked_as_the_settings_say(settings):
    server = settings.model_copy(
        update={"clickhouse_interface": "http", "clickhouse_host": "ch", "clickhouse_tls": True, "clickhouse_password": "x"}
    )
    with store(server) as found:
        uri = make_url(found.uri)
        assert (uri.host, uri.port, uri.query) == ("ch", server.clickhouse_port, {"readonly": "2", "secure": "true"})
        assert found.password == "x" and "x" not in (uri.password or "")


def test_a_taken_port_is_named_with_its_setting(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = settings.model_copy(update={"superset_port": taken.getsockname()[1]})
        with pytest.raises(start.DashboardsError, match="HM_SUPERSET_PORT"):
            start.check_port(busy)


def test_the_login_is_made_once_and_for_its_owner_alone(tmp_path):
    assert start._login(tmp_path) == start._login(tmp_path)
    assert (tmp_path / "login.json").stat().st_mode & 0o077 == 0


def test_assets_that_have_changed_are_imported_into_a_new_database(tmp_path, monkeypatch):
    monkeypatch.setattr(start, "INIT", tmp_path / "init.sh")
    monkeypatch.setattr(start, "_stamp", lambda: "one")
    start.INIT.write_text(f"echo made >> {tmp_path}/times; test ! -e {tmp_path}/superset.db; touch {tmp_path}/superset.db\n")
    env = {"PATH": "/usr/bin:/bin"}
    for stamp in ("one", "one", "two"):
        monkeypatch.setattr(start, "_stamp", lambda stamp=stamp: stamp)
        start._import(tmp_path, env, lambda line: None)
    assert (tmp_path / "times").read_text().count("made") == 2
    assert not (tmp_path / "assets" / "databases" / "trino.yaml").exists()
    assert (tmp_path / "assets" / "dashboards" / "experiment.yaml").is_file()


def test_an_import_that_fails_is_told_and_done_again_next_time(tmp_path, monkeypatch):
    monkeypatch.setattr(start, "INIT", tmp_path / "init.sh")
    monkeypatch.setattr(start, "_stamp", lambda: "one")
    start.INIT.write_text("exit 1\n")
    for _ in range(2):
        with pytest.raises(start.DashboardsError, match=r"import\.log"):
            start._import(tmp_path, {"PATH": "/usr/bin:/bin"}, lambda line: None)


def test_a_process_and_its_children_end_with_the_block(tmp_path):
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    with start._started([sys.executable, "-c", child], {}, tmp_path / "log") as process:
        family = psutil.Process(process.pid)
        while not (children := family.children(recursive=True)):
            time.sleep(0.05)
    assert isinstance(process, subprocess.Popen) and process.poll() is not None
    psutil.wait_procs(children, timeout=10)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
