import os
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


def test_a_file_names_a_setting_once():
    for file in ENV_DIR.glob("*.env"):
        found = re.findall(r"^(HM_\w+)=", file.read_text(), re.MULTILINE)
        assert sorted(found) == sorted(set(found)), file


@pytest.mark.parametrize(("given", "threads"), [("0", os.cpu_count()), ("3", 3)])
def test_threads_are_the_cores_of_the_machine_where_nobody_says_how_many(monkeypatch, given: str, threads: int):
    assert get_settings().n_threads == os.cpu_count()
    get_settings.cache_clear()
    monkeypatch.setenv("HM_THREADS", given)
    assert get_settings().n_threads == threads


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


@pytest.mark.parametrize(("name", "value"), [("HM_LOCK_TIMEOUT_S", "soon"), ("HM_THREADS", "-1")])
def test_a_bad_value_names_its_variable(monkeypatch, name: str, value: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        get_settings()


def test_nobody_but_infra_names_a_host_or_a_port():
    endpoint = re.compile(r"hdfs://|s3a?://|thrift://|127\.0\.0\.1|localhost:\d+")
    folders = ("hm", "warehouse", "spark_jobs", "models")
    files = [f for folder in folders for f in (REPO / folder).rglob("*.py")]
    assert files
    assert [str(f) for f in files if endpoint.search(f.read_text())] == []
