"""What spark-submit is told for a job on YARN."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from infra.settings import REPO, SettingsError, get_settings
from infra.submit import submit_command


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.setenv("HM_ENV", "local")
    monkeypatch.setenv("HM_HOME", str(tmp_path))
    monkeypatch.setenv("HM_SPARK_MASTER", "yarn")
    monkeypatch.setenv("HM_METASTORE_PORT", "19083")
    monkeypatch.setenv("HM_CLICKHOUSE_PASSWORD", "secret")
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def conf(command: list[str]) -> dict[str, str]:
    return dict(value.split("=", 1) for key, value in pairwise(command) if key == "--conf")


def test_an_hm_command_becomes_an_application_by_that_name(settings):
    command = submit_command(settings, "cluster", ["land", "/raw", "--replace-days"])
    assert command[-4:] == [str(REPO / "hm" / "driver.py"), "land", "/raw", "--replace-days"]
    assert command[command.index("--name") + 1] == "hm land"
    assert conf(command)["spark.yarn.archive"].startswith("hdfs://127.0.0.1:8020/spark/spark-libs-")


def test_a_driver_in_a_container_is_not_told_the_address_of_this_machine(settings):
    here, there = (conf(submit_command(settings, mode, ["land", "/raw"])) for mode in ("client", "cluster"))
    assert set(here) - set(there) == {"spark.driver.host", "spark.driver.bindAddress"}


def test_containers_get_every_variable_that_hadoops_files_name_and_no_secret(settings):
    there = conf(submit_command(settings, "cluster", ["land", "/raw"]))
    text = "".join(file.read_text() for file in (REPO / "infra" / "hadoop").glob("*-site.xml"))
    for where in ("spark.executorEnv.", "spark.yarn.appMasterEnv."):
        given = {key.removeprefix(where): value for key, value in there.items() if key.startswith(where)}
        assert set(re.findall(r"\$\{env\.(\w+)\}", text)) <= set(given)
        assert given["HM_HDFS_REPLICATION"] == "1"
        assert given["HM_METASTORE_PORT"] == "19083"
        assert given["PYSPARK_PYTHON"] == sys.executable
        assert not [name for name in given if "PASSWORD" in name]


def test_a_clusters_own_configuration_brings_no_variables_of_ours(settings, tmp_path):
    (tmp_path / "hdfs-site.xml").write_text("<configuration/>")
    own = settings.model_copy(update={"hadoop_conf_dir": str(tmp_path), "spark_python": "/opt/python"})
    there = conf(submit_command(own, "cluster", ["land", "/raw"]))
    assert "spark.executorEnv.HM_HDFS_REPLICATION" not in there
    assert there["spark.executorEnv.PYSPARK_PYTHON"] == "/opt/python"


def test_a_master_that_is_no_cluster_is_refused(settings):
    here = settings.model_copy(update={"spark_master": "local[*]"})
    with pytest.raises(SettingsError, match="HM_SPARK_MASTER=yarn"):
        submit_command(here, "cluster", ["land", str(Path("/raw"))])
