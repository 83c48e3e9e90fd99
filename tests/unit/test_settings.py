import re

import pytest

from infra.settings import ENV_DIR, REPO, SettingsError, get_settings


@pytest.fixture(autouse=True)
def reread():
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def names(file):
    return set(re.findall(r"^(HM_\w+)=", file.read_text(), re.MULTILINE))


def test_an_environment_may_only_override_what_base_names():
    base = names(ENV_DIR / "base.env")
    assert base
    for file in ENV_DIR.glob("*.env"):
        assert names(file) <= base, file


def test_state_is_absolute_and_apart_per_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HM_HOME", "here")
    assert get_settings().root == tmp_path / "here" / "embedded"


def test_a_variable_of_the_process_wins_over_the_files(monkeypatch):
    monkeypatch.setenv("HM_SPARK_DRIVER_MEMORY", "1g")
    assert get_settings().spark_driver_memory == "1g"


def test_an_unknown_environment_is_refused_with_the_known_ones(monkeypatch):
    monkeypatch.setenv("HM_ENV", "moon")
    with pytest.raises(SettingsError, match="embedded"):
        get_settings()


def test_a_bad_value_names_its_variable(monkeypatch):
    monkeypatch.setenv("HM_LOCK_TIMEOUT_S", "soon")
    with pytest.raises(SettingsError, match="HM_LOCK_TIMEOUT_S"):
        get_settings()


def test_nobody_but_infra_names_a_host_or_a_port():
    endpoint = re.compile(r"hdfs://|s3a?://|thrift://|127\.0\.0\.1|localhost:\d+")
    folders = ("hm", "warehouse", "spark_jobs", "models")
    files = [f for folder in folders for f in (REPO / folder).rglob("*.py")]
    assert files
    assert [str(f) for f in files if endpoint.search(f.read_text())] == []
