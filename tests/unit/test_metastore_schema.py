"""The metastore's tables on PostgreSQL: what can be known of their making without a database."""

import pytest

from infra.local.__main__ import app
from infra.local.metastore_schema import SchemaError, _escaped, _reason, create_schema
from infra.settings import get_settings


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.setenv("HM_ENV", "local")
    monkeypatch.setenv("HM_HOME", str(tmp_path))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.mark.parametrize("password", ["plain", " = : # ! ", "back\\slash", "ÄÖ漢字"])
def test_any_password_can_stand_in_a_property_file(password: str):
    written = _escaped(password)
    assert written.isascii() and not set(written) & set(" =:#!\n")
    assert written.encode().decode("unicode_escape") == password


def test_derby_needs_no_tables_from_us(settings):
    with pytest.raises(SchemaError, match="HM_METASTORE_JDBC_URL"):
        create_schema(settings)


def test_the_reason_is_the_innermost_cause():
    java = "Exception in thread main\n\tat a.b\nCaused by: outer\n\tat c\nCaused by: FATAL: password\n\t... 8 more\n"
    assert _reason(java) == "FATAL: password"
    assert _reason("one\nlast words\n\n") == "last words"
    assert _reason("") == "it said nothing"


def test_a_health_check_ends_with_1_and_says_what_is_missing(settings, monkeypatch):
    from typer.testing import CliRunner

    monkeypatch.setenv("HM_METASTORE_PORT", "1")
    get_settings.cache_clear()
    result = CliRunner().invoke(app, ["ready", "metastore"])
    assert result.exit_code == 1
    assert "metastore: it does not answer" in result.output
