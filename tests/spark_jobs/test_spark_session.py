"""A session's life in a process of its own: folders with spaces in their names, and what is left when it ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError

from infra.settings import REPO
from infra.spark import java_cause

LIFE = """
import sys
from pathlib import Path
import pyarrow as pa
from infra import spark
from infra.settings import get_settings
from warehouse.hive.catalogue import Catalogue
from warehouse.schemas import raw

spark.REPO = Path(sys.argv[1])  # a checkout in a folder with a space
settings = get_settings()
spark.spark_session(settings)
note = spark._jvm_note(settings)
assert note.is_file()
system = spark.spark_session(settings)._jvm.java.lang.System
for option in ("derby.stream.error.file", "log4j2.configurationFile", "user.timezone"):
    print(option, system.getProperty(option), sep="=")
log4j = spark.spark_session(settings)._jvm.org.apache.logging.log4j.LogManager.getContext(False).getConfiguration()
print("read by log4j", log4j.getConfigurationSource().getLocation(), sep="=")
catalogue, rows = Catalogue(settings), pa.table([["a" * 64], [0]], raw.CUSTOMER_KEYS.arrow_schema)
catalogue.write(raw.CUSTOMER_KEYS, {"landing_id": 1}, [rows])
assert catalogue.read("raw.customer_keys", landing_id=1).equals(rows)
assert [tuple(row) for row in catalogue.sql("select * from raw.customer_keys")] == [("a" * 64, 0, 1)]
spark.stop_spark()
assert not note.exists()
"""

KILLED = """
import os, signal
import py4j.clientserver
from infra.settings import get_settings
from infra.spark import spark_ended, spark_session
spark = spark_session(get_settings())
assert spark_ended() is None
os.kill(spark.sparkContext._gateway.proc.pid, signal.SIGKILL)
print(spark_ended(wait_s=10))


def reset(answer):
    raise ConnectionResetError(104, "Connection reset by peer")


# What a client reads of a server that died in the middle of an answer; of one that died between two, it reads nothing.
py4j.clientserver.smart_decode = reset
try:
    spark._jvm.java.lang.System.nanoTime()
except py4j.protocol.Py4JError as error:
    print("lost:", type(error).__name__)
"""


@pytest.fixture
def ended(tmp_path: Path) -> subprocess.CompletedProcess:
    """A process that lived a session's life in folders with spaces, and ended."""
    checkout = tmp_path / "my checkout"
    shutil.copytree(REPO / "infra" / "spark", checkout / "infra" / "spark")
    return subprocess.run(
        [sys.executable, "-c", LIFE, str(checkout)],
        env=os.environ | {"HM_HOME": str(tmp_path / "my home"), "HM_ENV": "embedded", "HM_SPARK_DRIVER_MEMORY": "1g"},
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_home_and_a_checkout_with_a_space_in_their_names_hold_a_warehouse(ended, tmp_path):
    log = tmp_path / "my home" / "embedded" / "state" / "spark.log"
    assert ended.returncode == 0, ended.stderr + log.read_text()
    assert dict(line.split("=", 1) for line in ended.stdout.splitlines()) == {
        "derby.stream.error.file": f"{log.parent}/derby.log",
        "log4j2.configurationFile": f"file:{tmp_path}/my checkout/infra/spark/log4j2.properties",
        "user.timezone": "UTC",
        "read by log4j": f"{tmp_path}/my checkout/infra/spark/log4j2.properties",
    }
    assert (log.parent / "derby.log").is_file()


def test_a_java_process_that_was_killed_is_told_in_one_sentence(tmp_path):
    home = {"HM_HOME": str(tmp_path), "HM_ENV": "embedded", "HM_SPARK_DRIVER_MEMORY": "1g"}
    done = subprocess.run(
        [sys.executable, "-c", KILLED], env=os.environ | home, cwd=REPO, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "was ended by SIGKILL, most often the system's answer to a lack of memory" in done.stdout
    assert str(tmp_path / "embedded" / "state" / "spark.log") in done.stdout
    assert "lost: Py4J" in done.stdout
    # The process ends without the stack of a client that lost its server.
    assert "Traceback" not in done.stderr


def test_what_java_raised_is_told_by_its_root_cause(spark):
    with pytest.raises(Py4JJavaError) as caught:
        spark._jvm.java.lang.Class.forName("no.such.Class")
    assert java_cause(caught.value) == "Spark gave up: ClassNotFoundException: no.such.Class."
    assert java_cause(ValueError("no Java in it")) is None
