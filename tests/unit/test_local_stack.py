"""The stack without its services: what is started, on which ports, from which files, and how it is stopped."""

import re
import socket
import sys

import pytest

from infra.errors import MissingPartError
from infra.java import find_java, version_of
from infra.local import artifacts, processes, services
from infra.local.processes import PortTakenError, Processes
from infra.local.service import Service
from infra.local.services import SERVICES
from infra.local.stack import Stack, StackError
from infra.settings import ENV_DIR, REPO, SettingsError, get_settings

INFRA = REPO / "infra"
CONFIGS = [*INFRA.glob("hadoop/*.xml"), *INFRA.glob("hive/*.xml"), *INFRA.glob("trino/**/*.properties")]


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.setenv("HM_ENV", "local")
    monkeypatch.setenv("HM_HOME", str(tmp_path))
    monkeypatch.setenv("HM_CACHE", str(tmp_path / "cache"))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def sleeper(script: str, port: int = 0, ready=lambda settings: None, **options) -> Service:
    return Service(
        "sleeper", "Sleeper", lambda s: {"HM_PORT": port}, lambda s: [sys.executable, "-c", script], ready, **options
    )


def test_every_variable_of_a_config_file_is_one_that_services_get(settings):
    given = set(settings.service_env())
    for service in SERVICES:
        if service.name == "trino":
            given |= set(service.env(settings))
    used = {name for file in CONFIGS for name in re.findall(r"\$\{(?:env\.|ENV:)(\w+)", file.read_text())}
    assert used and used <= given, used - given


def test_no_config_file_names_a_host_or_a_port_of_its_own():
    for file in CONFIGS:
        text = re.sub(r"<!--.*?-->|^#.*$", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
        assert not re.search(r"localhost|:\d{4,5}\b", text), file


def test_ports_of_the_stack_are_settings_and_no_two_are_alike(settings):
    ports = {name: port for service in SERVICES for name, port in service.ports(settings).items()}
    assert len(set(ports.values())) == len(ports)
    base = (ENV_DIR / "base.env").read_text()
    assert [name for name, port in ports.items() if f"\n{name}={port}\n" not in base] == []


def test_services_listen_on_loopback_and_children_learn_every_setting(settings):
    env = settings.service_env()
    assert env["HM_BIND_HOST"] == "127.0.0.1"
    assert env["HM_WAREHOUSE_DIR"] == "hdfs://127.0.0.1:8020/user/hive/warehouse"
    assert {f"HM_{name.upper()}" for name in type(settings).model_fields} <= set(env)


def test_the_embedded_environment_has_no_daemons(monkeypatch, tmp_path):
    monkeypatch.setenv("HM_ENV", "embedded")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="HM_ENV=local"):
        Stack(get_settings())
    get_settings.cache_clear()


def test_a_process_is_started_once_and_stopped_by_its_number(settings):
    stack, service = Processes(settings), sleeper("import time; print('up', flush=True); time.sleep(60)")
    assert not stack.stop(service)
    process = stack.start(service)
    assert stack.running(service).pid == process.pid
    assert stack.stop(service)
    assert stack.running(service) is None
    assert not process.is_running() or process.status() == "zombie"


def test_a_note_of_a_process_that_is_gone_names_nobody_elses(settings):
    stack, service = Processes(settings), sleeper("pass")
    note = settings.root / "run" / "sleeper.json"
    note.parent.mkdir(parents=True)
    note.write_text('{"pid": 1, "born": 12345.0}')
    assert stack.running(service) is None
    assert not stack.stop(service)


def test_one_that_does_not_end_when_asked_is_made_to(settings):
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    stack, service = Processes(settings), sleeper(script, stop_s=0.5)
    process = stack.start(service)
    while stack.last_lines(service) != ["up"]:
        pass
    assert stack.stop(service)
    assert not process.is_running() or process.status() == "zombie"


def test_a_port_in_use_is_named_with_its_owner_and_the_setting(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            PortTakenError, match=rf"Port {port}, which Sleeper needs, is taken by process \d+ .*set HM_PORT"
        ):
            Processes(settings).start(sleeper("pass", port))


def test_what_ends_at_once_is_told_with_the_end_of_its_log(settings, monkeypatch):
    failing = sleeper("raise SystemExit('no disk left')", ready=lambda s: "not yet")
    monkeypatch.setattr("infra.local.stack.SERVICES", [failing])
    with pytest.raises(StackError, match=r"(?s)Sleeper is not ready: it ended\..*no disk left"):
        Stack(settings).up(lambda line: None)


def missing(settings, progress):
    raise MissingPartError("Maven was not found.")


def test_a_part_that_cannot_be_had_is_skipped_with_a_line_unless_it_is_required(settings, monkeypatch):
    monkeypatch.setattr("infra.local.stack.SERVICES", [sleeper("pass", fetch=missing)])
    said = []
    Stack(settings).up(said.append)
    assert said == ["Sleeper: skipped. Maven was not found."]
    monkeypatch.setenv("HM_REQUIRE", "thrift, sleeper")
    get_settings.cache_clear()
    with pytest.raises(MissingPartError):
        Stack(get_settings()).up(said.append)


def test_a_file_that_is_not_the_tested_one_is_refused_and_leaves_no_cache(settings, monkeypatch):
    def maven(*arguments: str) -> None:
        folder = next(a for a in arguments if a.startswith("-DoutputDirectory=")).split("=")[1]
        (artifacts.Path(folder) / "hadoop-common-3.5.0.jar").write_bytes(b"another jar")

    monkeypatch.setattr(artifacts, "_maven", maven)
    with pytest.raises(MissingPartError, match=r"hadoop-common-3\.5\.0\.jar is not the file"):
        artifacts.fetch_hadoop(settings, lambda line: None)
    assert not artifacts.hadoop_lib(settings).exists()
    assert list(settings.cache.iterdir()) == []


def test_what_is_cached_is_not_fetched_again(settings, monkeypatch):
    artifacts.hadoop_lib(settings).mkdir(parents=True)
    monkeypatch.setattr(artifacts, "_maven", lambda *arguments: pytest.fail("fetched"))
    artifacts.fetch_hadoop(settings, lambda line: None)


@pytest.mark.parametrize(("release", "version"), [('JAVA_VERSION="25.0.3"\n', 25), ('IMPLEMENTOR="x"\n', 0), (None, 0)])
def test_a_javas_version_is_what_its_release_file_says(tmp_path, release, version):
    if release is not None:
        (tmp_path / "release").write_text(release)
    assert version_of(str(tmp_path)) == version


def test_a_java_that_is_too_old_is_told_with_the_setting_that_names_another(tmp_path):
    with pytest.raises(MissingPartError, match=r"Java 24 or newer is needed.*HM_TRINO_JAVA_HOME"):
        find_java(24, str(tmp_path))


def test_a_log_that_has_grown_is_moved_aside_at_the_next_start(settings, monkeypatch):
    monkeypatch.setattr(processes, "LOG_KEPT_BYTES", 3)
    stack, service = Processes(settings), sleeper("pass")
    stack.log(service).parent.mkdir(parents=True)
    stack.log(service).write_text("older\n")
    stack.start(service)
    assert stack.log(service).with_name("sleeper.log.1").read_text() == "older\n"


def test_the_names_of_services_are_the_ones_that_containers_start(settings):
    core = [s.name for s in services.SERVICES if s.is_core]
    assert core == ["namenode", "datanode", "metastore", "thrift", "trino", "clickhouse"]


def test_containers_below_a_folder_with_a_space_are_refused_by_name(settings):
    (nodemanager,) = [service for service in SERVICES if service.name == "nodemanager"]
    with pytest.raises(MissingPartError, match=r"/my home/yarn.*HM_YARN_DIR"):
        nodemanager.command(settings.model_copy(update={"data_dir": "/my home"}))


def test_where_spark_is_on_yarn_the_stack_has_yarn_before_what_runs_on_it(settings):
    assert "nodemanager" not in [service.name for service in Stack(settings).services]
    names = [service.name for service in Stack(settings.model_copy(update={"spark_master": "yarn"})).services]
    assert names.index("resourcemanager") < names.index("nodemanager") < names.index("thrift")
