"""The Spark session of an environment, started at most once in a process."""

import atexit
import os
import shutil
import subprocess
from contextlib import ExitStack

from pyspark.sql import SparkSession

from infra import locks
from infra.settings import REPO, Settings, SettingsError

_open = ExitStack()
_session: SparkSession | None = None


def spark_conf(settings: Settings) -> dict[str, str]:
    """Spark's configuration for this environment; dbt's profile is held to the same values by a test."""
    derby = f"jdbc:derby:;databaseName={settings.metastore_dir};create=true"
    java_options = (
        f"-Dderby.stream.error.file={settings.state_dir / 'derby.log'} "
        f"-Dlog4j2.configurationFile=file:{REPO / 'infra' / 'spark' / 'log4j2.properties'} "
        "-Duser.timezone=UTC"
    )
    return {
        "spark.master": settings.spark_master,
        "spark.driver.memory": settings.spark_driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": java_options,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(settings.spark_shuffle_partitions),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(settings.warehouse_dir),
        "spark.hadoop.javax.jdo.option.ConnectionURL": derby,
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        # dbt-spark switches ANSI off on every connection; our own jobs follow, so one expression means one thing everywhere.
        "spark.sql.ansi.enabled": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Small summary file-less commits: no _SUCCESS markers among the Parquet files that Trino and pyarrow read.
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    }


def check_java() -> None:
    """Say in one sentence what to do when Java is missing or too old.

    Raises:
        SettingsError: no `java` was found, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else shutil.which("java")
    if not java or not os.access(java, os.X_OK):
        raise SettingsError("No Java was found; install Java 17 (Debian: openjdk-17-jre-headless) or point JAVA_HOME at it.")
    try:
        text = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=True).stderr
        major = int(text.split('"')[1].split(".")[0])
    except (subprocess.SubprocessError, OSError, IndexError, ValueError) as error:
        raise SettingsError(f"{java} does not run as Java; install Java 17 or point JAVA_HOME at it.") from error
    if major < 17:
        raise SettingsError(f"{java} is Java {major}, Spark 4 needs Java 17 or newer; install it or point JAVA_HOME at it.")


def spark_session(settings: Settings) -> SparkSession:
    """This process's Spark session on this environment's metastore.

    The first call takes the metastore lock (waiting for its holder, by name) and starts Spark; both are kept until
    `stop_spark` or the end of the process.

    Raises:
        SettingsError: Java is missing or too old.
        infra.locks.LockHeldError: another command kept the metastore for too long.
    """
    global _session
    if _session is None:
        check_java()
        _open.enter_context(locks.metastore(settings))
        for folder in (settings.warehouse_dir, settings.state_dir):
            folder.mkdir(parents=True, exist_ok=True)
        os.environ.update(settings.child_env())
        builder = SparkSession.builder.appName("hm").enableHiveSupport()
        for key, value in spark_conf(settings).items():
            builder = builder.config(key, value)
        _session = builder.getOrCreate()
        atexit.register(stop_spark)
    return _session


def stop_spark() -> None:
    """Stop Spark and let go of the metastore; harmless when nothing was started."""
    global _session
    if _session is not None:
        session, _session = _session, None
        gateway = session.sparkContext._gateway
        session.stop()
        # Derby keeps its database open for as long as its JVM lives, so the JVM must be gone before the lock is.
        _stop_gateway(gateway)
        _open.close()


def _stop_gateway(gateway) -> None:
    from pyspark import SparkContext

    process = getattr(gateway, "proc", None)
    gateway.shutdown()
    if process is not None:
        process.stdin.close()
        process.wait(timeout=60)
    SparkContext._gateway = None
    SparkContext._jvm = None
