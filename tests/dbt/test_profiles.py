"""dbt's profile starts Spark with the very configuration of the jobs: a figure built by hand is the figure of `hm build`."""

import os
from argparse import Namespace

import pytest
from dbt.config.profile import Profile, read_profile
from dbt.config.renderer import ProfileRenderer
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context

from infra.settings import REPO, get_settings
from infra.spark import spark_conf

PROJECT = REPO / "dbt_project"


@pytest.fixture(params=["defaults", "job_env"])
def environment(request, monkeypatch, tmp_path):
    """The variables a person has who types `dbt build`, and those that `hm build` hands on."""
    for name in [name for name in os.environ if name.startswith("HM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PWD", str(PROJECT))
    if request.param == "job_env":
        monkeypatch.setenv("HM_HOME", str(tmp_path))
        monkeypatch.setenv("HM_SPARK_MASTER", "local[3]")
        monkeypatch.setenv("HM_SPARK_DRIVER_MEMORY", "3g")
        monkeypatch.setenv("HM_SPARK_JAVA_OPTIONS", "-XX:+UseSerialGC")
        monkeypatch.setenv("HM_SPARK_SHUFFLE_PARTITIONS", "11")
    get_settings.cache_clear()
    settings = get_settings()
    if request.param == "job_env":
        for name, value in settings.job_env().items():
            monkeypatch.setenv(name, value)
    yield settings
    get_settings.cache_clear()


def rendered(target: str) -> Profile:
    set_invocation_context(os.environ)
    set_from_args(Namespace(), None)
    return Profile.from_raw_profiles(read_profile(str(PROJECT)), "hm", ProfileRenderer({}), target)


def test_the_embedded_target_is_the_jobs_configuration_key_by_key(environment):
    given = {
        key: str(value).replace(f"{PROJECT}/../", f"{REPO}/")
        for key, value in rendered("embedded").credentials.server_side_parameters.items()
    }
    assert given == spark_conf(environment)


@pytest.mark.parametrize("target", ["embedded", "local", "cluster"])
def test_by_hand_every_target_writes_a_developers_own_schemas_and_hm_the_shared_ones(environment, monkeypatch, target):
    monkeypatch.setenv("USER", "Ada.Lovelace-x")
    assert rendered(target).credentials.schema == "dev_ada_lovelace_x"
    monkeypatch.setenv("HM_SCHEMA_PREFIX", "shared")
    assert rendered(target).credentials.schema == "shared"


@pytest.mark.parametrize("target", ["local", "cluster"])
def test_a_target_of_the_real_stack_finds_the_thrift_server_of_its_environment(monkeypatch, target):
    for name in [name for name in os.environ if name.startswith("HM_")]:
        monkeypatch.delenv(name)
    by_hand = rendered(target).credentials
    monkeypatch.setenv("HM_ENV", target)
    get_settings.cache_clear()
    settings = get_settings()
    assert (by_hand.host, by_hand.port) == (settings.thrift_host, settings.thrift_port)
    monkeypatch.setenv("HM_THRIFT_HOST", "elsewhere")
    monkeypatch.setenv("HM_THRIFT_PORT", "12345")
    assert (rendered(target).credentials.host, rendered(target).credentials.port) == ("elsewhere", 12345)
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("given", "login"),
    [
        ({}, ("ada", "NONE", None, None)),
        ({"thrift_user": "etl", "thrift_auth": "NOSASL"}, ("etl", "NOSASL", None, None)),
        ({"thrift_user": "etl", "thrift_auth": "LDAP", "thrift_password": "pw"}, ("etl", "LDAP", "pw", None)),
        ({"thrift_auth": "KERBEROS", "thrift_kerberos_service": "spark"}, ("ada", "KERBEROS", None, "spark")),
    ],
)
def test_dbt_logs_in_as_the_settings_say_with_nothing_that_the_driver_refuses(monkeypatch, given: dict, login: tuple):
    monkeypatch.setenv("USER", "ada")
    monkeypatch.setenv("HM_ENV", "cluster")
    for name, value in given.items():
        monkeypatch.setenv(f"HM_{name.upper()}", value)
    get_settings.cache_clear()
    for name, value in get_settings().job_env().items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    found = rendered("cluster").credentials
    assert (found.user, found.auth, found.password, found.kerberos_service_name) == login


def test_dbt_by_hand_works_in_the_environment_of_hm_env(monkeypatch):
    raw = read_profile(str(PROJECT))["hm"]
    assert "HM_ENV" in raw["target"]
    assert set(raw["outputs"]) == {"embedded", "local", "cluster"}
