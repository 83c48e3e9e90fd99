"""What the clients of a real cluster are told: encryption, users, passwords."""

from contextlib import contextmanager

import clickhouse_connect
import pytest
import trino

from hm import status
from infra.settings import get_settings
from warehouse.serving import store
from warehouse.trino import TrinoError, query


@pytest.fixture
def environment(monkeypatch):
    """Settings of the real stack with some of one's own."""

    def of(**given: object):
        monkeypatch.setenv("HM_ENV", "local")
        for name, value in given.items():
            monkeypatch.setenv(f"HM_{name.upper()}", str(value))
        get_settings.cache_clear()
        return get_settings()

    yield of
    get_settings.cache_clear()


@pytest.fixture
def trino_is_told(monkeypatch):
    """What the client was opened with."""
    told = {}

    class Cursor:
        description = None

        def execute(self, statement): ...
        def fetchall(self):
            return []

        def cancel(self): ...

    class Connection:
        cursor = Cursor

    @contextmanager
    def connect(host, port, **kwargs):
        told.update(kwargs, host=host, port=port)
        yield Connection()

    monkeypatch.setattr(trino.dbapi, "connect", connect)
    return told


def test_trino_is_asked_in_the_clear_as_a_name_where_nothing_else_is_set(environment, trino_is_told):
    query(environment(), "select 1")
    assert (trino_is_told["http_scheme"], trino_is_told["auth"]) == ("http", None)
    assert (trino_is_told["user"], trino_is_told["catalog"]) == ("analyst", "hive")


def test_trino_gets_user_and_password_over_tls_in_a_catalog_of_any_name(environment, trino_is_told):
    settings = environment(trino_tls="true", trino_user="ada", trino_password="pw", trino_catalog="lake", trino_port=8443)
    query(settings, "select 1")
    assert (trino_is_told["http_scheme"], trino_is_told["port"], trino_is_told["catalog"]) == ("https", 8443, "lake")
    assert trino_is_told["auth"] == trino.auth.BasicAuthentication("ada", "pw")


def test_a_password_for_trino_never_goes_in_the_clear(environment, trino_is_told):
    with pytest.raises(TrinoError, match="HM_TRINO_TLS"):
        query(environment(trino_password="pw"), "select 1")
    assert not trino_is_told


@pytest.mark.parametrize("tls", [False, True])
def test_clickhouse_is_spoken_to_as_the_setting_says(environment, monkeypatch, tls: bool):
    told = {}
    monkeypatch.setattr(clickhouse_connect, "get_client", lambda **kwargs: told.update(kwargs))
    store._connect(environment(clickhouse_tls=tls, clickhouse_user="ada", clickhouse_password="pw"))
    assert (told["secure"], told["username"], told["password"]) == (tls, "ada", "pw")


def test_status_asks_a_server_for_what_is_published_and_says_where_it_does_not_answer(environment, tmp_path, capsys):
    settings = environment(home=tmp_path, clickhouse_port=9)
    assert not settings.clickhouse_dir.exists()
    status.print_published(status._published(settings))
    assert "ClickHouse does not answer at 127.0.0.1:9" in " ".join(capsys.readouterr().out.split())


def test_no_setting_shows_a_password(environment):
    given = {f"{server}_password": server[::-1] for server in ("trino", "thrift", "clickhouse")}
    settings = environment(**given)
    assert not [secret for secret in given.values() if secret in repr(settings)]
