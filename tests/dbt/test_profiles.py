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


@pytest.fixture(params=["defaults", "child_env"])
def environment(request, monkeypatch, tmp_path):
    """The variables a person has who types `dbt build`, and those that `hm build` hands on."""
    for name in [name for name in os.environ if name.startswith("HM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PWD", str(PROJECT))
    if request.param == "child_env":
        monkeypatch.setenv("HM_HOME", str(tmp_path))
        monkeypatch.setenv("HM_SPARK_MASTER", "local[3]")
        monkeypatch.setenv("HM_SPARK_DRIVER_MEMORY", "3g")
        monkeypatch.setenv("HM_SPARK_JAVA_OPTIONS", "-XX:+UseSerialGC")
        monkeypatch.setenv("HM_SPARK_SHUFFLE_PARTITIONS", "11")
    get_settings.cache_clear()
    settings = get_settings()
    if request.param == "child_env":
        for name, value in (settings.child_env() | {"HM_STATE_DIR": str(settings.state_dir)}).items():
            monkeypatch.setenv(name, value)
    yield settings
    get_settings.cache_clear()


@pytest.mark.parametrize("target", ["dev", "embedded"])
def test_the_profile_is_the_jobs_configuration_key_by_key(environment, target):
    set_invocation_context(os.environ)
    set_from_args(Namespace(), None)
    profile = Profile.from_raw_profiles(read_profile(str(PROJECT)), "hm", ProfileRenderer({}), target)
    given = {
        key: str(value).replace(f"{PROJECT}/../", f"{REPO}/")
        for key, value in profile.credentials.server_side_parameters.items()
    }
    assert given == spark_conf(environment)


def test_the_shared_target_writes_the_shared_schemas_and_dev_its_own(environment, monkeypatch):
    monkeypatch.setenv("USER", "Ada.Lovelace-x")
    set_invocation_context(os.environ)
    set_from_args(Namespace(), None)
    raw = read_profile(str(PROJECT))
    targets = {name: Profile.from_raw_profiles(raw, "hm", ProfileRenderer({}), name) for name in raw["hm"]["outputs"]}
    schemas = {name: target.credentials.schema for name, target in targets.items()}
    assert schemas == {"dev": "dev_ada_lovelace_x", "embedded": "marts"}
    assert raw["hm"]["target"] == "dev"
