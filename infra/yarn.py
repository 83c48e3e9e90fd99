"""Spark on YARN: what a driver needs beside its usual configuration, and Spark's jars archived once in HDFS."""

import importlib.util
import os
import re
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from pyarrow import fs

from infra.settings import REPO, Settings
from infra.storage import file_system

_VARIABLE = re.compile(r"\$\{env\.(\w+)\}")


def archive(settings: Settings) -> str:
    """Where Spark's jars are in HDFS: one file that every node fetches once for all applications."""
    return f"{settings.hdfs_libraries}/spark-libs-{version('pyspark')}.zip"


def yarn_conf(settings: Settings) -> dict[str, str]:
    """Spark's configuration on YARN; the containers get what the driver has."""
    env = _container_env(settings)
    return {
        "spark.yarn.archive": f"{settings.file_system_uri}{archive(settings)}",
        # Spark adds the user's name.
        "spark.yarn.stagingDir": f"{settings.file_system_uri}/user",
        "spark.executor.instances": str(settings.spark_executors),
        "spark.executor.cores": str(settings.spark_executor_cores),
        "spark.executor.memory": settings.spark_executor_memory,
        "spark.yarn.am.memory": "384m",
        # A landing that died is undone by the next one; a driver that starts by itself once more would only hide it.
        "spark.yarn.maxAppAttempts": "1",
        **{f"spark.executorEnv.{name}": value for name, value in env.items()},
        **{f"spark.yarn.appMasterEnv.{name}": value for name, value in env.items()},
    }


def _container_env(settings: Settings) -> dict[str, str]:
    """Variables of the driver and the executors in their containers: this process's settings, which override the files'.

    Hadoop's files travel there as they stand, with the variables they name; a real cluster's name none.
    """
    everything = settings.service_env()
    given = {name: value for name, value in os.environ.items() if name.startswith("HM_")} | settings.job_env()
    # What is passed on stands in the cluster's pages.
    own = {name: value for name, value in given.items() if "PASSWORD" not in name}
    files = Path(settings.hadoop_conf).glob("*-site.xml")
    named = {name for file in files for name in _VARIABLE.findall(file.read_text())}
    loopback = {"SPARK_LOCAL_IP": settings.bind_host} if settings.bind_host == "127.0.0.1" else {}
    python = settings.spark_python or sys.executable
    return (
        own
        | {name: everything[name] for name in sorted(named) if name in everything}
        | {"PYSPARK_PYTHON": python, "PYTHONPATH": str(REPO)}
        | loopback
    )


def put_archive(settings: Settings) -> None:
    """Have Spark's jars in HDFS; where they are, nothing happens. Some 400 MB, not compressed: nodes only unpack them.

    Raises:
        infra.storage.StorageError: HDFS does not answer.
    """
    system, path = file_system(settings), archive(settings)
    if system.get_file_info(path).type == fs.FileType.File:
        return
    system.create_dir(settings.hdfs_libraries)
    jars = Path(importlib.util.find_spec("pyspark").origin).parent / "jars"
    with TemporaryDirectory() as here:
        # Packed on a disk: into a stream, sizes would stand behind the files, where YARN's unpacking does not look.
        whole = Path(here) / "libs.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as packed:
            for jar in sorted(jars.glob("*.jar")):
                packed.write(jar, jar.name)
        # Seen whole or not at all: an application may start while another one's jars are on their way.
        fs.copy_files(str(whole), f"{path}.new", source_filesystem=fs.LocalFileSystem(), destination_filesystem=system)
    system.move(f"{path}.new", path)
