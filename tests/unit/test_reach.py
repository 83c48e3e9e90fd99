"""What is said when a server of the stack is down."""

import socket

import pytest
import requests

from infra.reach import refused, unreachable
from infra.settings import get_settings


@pytest.fixture
def environment(monkeypatch):
    """Settings of an environment by its name, with ports of one's choice."""

    def of(name: str, **ports: int):
        monkeypatch.setenv("HM_ENV", name)
        for port, number in ports.items():
            monkeypatch.setenv(f"HM_{port.upper()}", str(number))
        get_settings.cache_clear()
        return get_settings()

    yield of
    get_settings.cache_clear()


def test_the_embedded_environment_has_nothing_that_could_be_down(environment):
    assert unreachable(environment("embedded")) is None


def test_the_servers_that_take_no_connection_are_named_and_only_they(environment):
    with socket.create_server(("127.0.0.1", 0)) as up, socket.create_server(("127.0.0.1", 0)) as gone:
        port, closed = up.getsockname()[1], gone.getsockname()[1]
        gone.close()
        settings = environment("local", hdfs_http_port=port, metastore_port=closed, thrift_port=port, clickhouse_port=port)
        said = unreachable(settings)
    assert said.startswith(f"The Hive Metastore (127.0.0.1:{closed}) cannot be reached; start what is down")
    assert "Thrift" not in said


def test_a_server_that_refuses_an_http_client_is_told_by_host_and_port():
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get(f"http://127.0.0.1:{port}/webhdfs", timeout=5)
    assert refused(caught.value) == (f"127.0.0.1:{port} cannot be reached; start what is down (`make up` on this machine).")
    assert refused(ValueError("no server in it")) is None
