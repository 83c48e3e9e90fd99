"""The Spark session of an environment, started at most once in a process."""

import atexit
import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from infra import locks
from infra.java import java_home, spark_home
from infra.settings import REPO, Settings, SettingsError
from infra.yarn import put_archive, yarn_conf

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ORPHAN_WAIT_S = 30

_open = ExitStack()
_session: "SparkSession | None" = None
_log = Path()


_ONE_PROCESS = {
    "spark.network.timeout": "3600s",
    "spark.executor.heartbeat.maxFailures": "100000",
}
"""An executor inside the driver's process cannot be lost alone; on a machine that starves or sleeps for minutes its missed
heartbeats would end the whole process (exit code 56)."""


def spark_conf(settings: Settings) -> dict[str, str]:
    """Spark's configuration for this environment; dbt's profile is held to the same values by a test."""
    log4j2 = f'-Dlog4j2.configurationFile="file:{REPO / "infra" / "spark" / "log4j2.properties"}"'
    # Spark's launcher splits the options at spaces, but for those within quotes.
    derby_log = f'-Dderby.stream.error.file="{settings.state_dir / "derby.log"}" ' if settings.metastore == "derby" else ""
    crash_log = f'-XX:ErrorFile="{settings.state_dir / "java-crash-%p.log"}" '
    return {
        "spark.master": settings.spark_master,
        "spark.driver.memory": settings.spark_driver_memory,
        "spark.driver.host": settings.spark_driver_host,
        "spark.driver.bindAddress": settings.spark_driver_host,
        "spark.driver.extraJavaOptions": f"{settings.spark_java_options} {derby_log}{crash_log}{log4j2} -Duser.timezone=UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(settings.spark_shuffle_partitions),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": f"{settings.file_system_uri}{settings.warehouse_dir}",
        **(_ONE_PROCESS if settings.spark_master.startswith("local") else {}),
        **_metastore_conf(settings),
        **(yarn_conf(settings) if settings.spark_master == "yarn" else {}),
        # The metastore filters partitions by a date only through its direct SQL, which Derby now and then refuses on a busy
        # machine; then Spark lists a table's partitions, a few dozen, and filters them itself.
        "spark.sql.hive.metastorePartitionPruningFallbackOnException": "true",
        # A million customers' keys or ages (50 MB of files, three times that in memory) come to the purchases; ten million
        # are more than this, and both are shuffled.
        "spark.sql.autoBroadcastJoinThreshold": "64m",
        # dbt-spark switches ANSI off on every connection; our own jobs follow, so one expression means one thing everywhere.
        "spark.sql.ansi.enabled": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Small summary file-less commits: no _SUCCESS markers among the Parquet files that Trino and pyarrow read.
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    }


def _metastore_conf(settings: Settings) -> dict[str, str]:
    """How Spark finds the metastore: it opens Derby itself, or asks the server."""
    if settings.metastore == "thrift":
        return {
            "spark.hadoop.hive.metastore.uris": f"thrift://{settings.metastore_host}:{settings.metastore_port}",
            "spark.hadoop.fs.defaultFS": settings.file_system_uri or "file:///",
        }
    return {
        "spark.hadoop.javax.jdo.option.ConnectionURL": settings.metastore_db_url,
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
    }


def launch_env(settings: Settings) -> dict[str, str]:
    """The variables a Java process of Spark's starts with: the Java that will do, and Hadoop's client configuration.

    Raises:
        infra.errors.MissingPartError: there is no Java that is new enough.
    """
    env = settings.job_env() | {"JAVA_HOME": java_home(17), "SPARK_HOME": str(spark_home())}
    if settings.storage == "hdfs":
        # The project's files take every host and port from variables; a cluster's own files name none of ours.
        env |= settings.service_env() | {"HADOOP_CONF_DIR": settings.hadoop_conf}
    return env


def spark_session(settings: Settings, *, without_limit: bool = False) -> "SparkSession":
    """This process's Spark session on this environment's metastore.

    The first call starts Spark, which is kept until `stop_spark` or the end of the process. Where the metastore is Derby it
    takes the metastore lock first, waiting for its holder, by name; a metastore server has many guests and no lock.

    Args:
        without_limit: wait for the metastore for as long as it takes, for a caller whose work would be lost.

    Raises:
        infra.errors.MissingPartError: there is no Java that is new enough.
        infra.locks.LockHeldError: another command kept the metastore for longer than the limit.
    """
    global _session, _log
    if _session is None:
        from pyspark.sql import SparkSession

        if settings.metastore == "derby":
            _open.enter_context(locks.metastore(settings, without_limit=without_limit))
            _wait_for_orphan(settings)
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        if settings.storage == "disk":
            settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
        if settings.spark_master == "yarn":
            put_archive(settings)
        os.environ.update(settings.job_env())
        # pyspark logs every refused statement with its Java stack; the exception says the same in one line.
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        # py4j tells the root logger of a connection it lost, with its stack; `spark_ended` says it in one sentence.
        logging.getLogger().addFilter(_not_of_a_lost_connection)
        builder = SparkSession.builder.appName("hm").enableHiveSupport()
        for key, value in spark_conf(settings).items():
            builder = builder.config(key, value)
        _log = settings.state_dir / "spark.log"
        with _output_to(_log), _environment(launch_env(settings)):
            _session = builder.getOrCreate()
        if settings.metastore == "derby":
            _note_jvm(settings, _session.sparkContext._gateway.proc.pid)
            _open.callback(_jvm_note(settings).unlink, missing_ok=True)
        atexit.register(stop_spark)
    return _session


def _not_of_a_lost_connection(record: logging.LogRecord) -> bool:
    return record.module != "java_gateway" or record.getMessage() != "Exception while sending command."


@contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """The JVM inherits our outputs and keeps them: give it a log file, errors reach us as exceptions anyway."""
    saved = {fd: os.dup(fd) for fd in (1, 2)}
    with log.open("ab") as file:
        for fd in saved:
            os.dup2(file.fileno(), fd)
    try:
        yield
    finally:
        for fd, copy in saved.items():
            os.dup2(copy, fd)
            os.close(copy)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Variables for the process that is started meanwhile; other environments' processes must not inherit them."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _jvm_note(settings: Settings) -> Path:
    return settings.state_dir / "metastore.jvm.pid"


def _note_jvm(settings: Settings, pid: int) -> None:
    """Write down which process holds Derby; a number alone would name another process once it is given out again."""
    _jvm_note(settings).write_text(f"{pid} {psutil.Process(pid).create_time()}")


def _orphan(settings: Settings) -> psutil.Process | None:
    """The JVM of a command that was killed, while it lives."""
    try:
        pid, born = _jvm_note(settings).read_text().split()
        process = psutil.Process(int(pid))
        return process if abs(process.create_time() - float(born)) < 1 else None
    except (OSError, ValueError, psutil.Error):
        return None


def _wait_for_orphan(settings: Settings) -> None:
    """Wait for the JVM of a command that was killed: it outlives its parent by a second or two and still holds Derby."""
    orphan = _orphan(settings)
    if orphan is None:
        return
    try:
        orphan.wait(timeout=ORPHAN_WAIT_S)
    except psutil.TimeoutExpired as error:
        raise SettingsError(
            f"The Java process {orphan.pid} of a command that was killed still holds the metastore: kill {orphan.pid}"
        ) from error


def stop_spark() -> None:
    """Stop Spark and let go of the metastore; harmless when nothing was started."""
    global _session
    if _session is not None:
        forget = spark_ended() is not None
        session, _session = _session, None
        gateway = session.sparkContext._gateway
        if forget:
            _forget(session)
        else:
            session.stop()
        # Derby keeps its database open for as long as its JVM lives, so the JVM must be gone before the lock is.
        _stop_gateway(gateway)
        _open.close()


def spark_ended(wait_s: float = 0) -> str | None:
    """One sentence on how Spark's Java process ended by itself; None while it lives or where none was started.

    Args:
        wait_s: time for it to go; who has just lost the connection may ask before the process is quite gone.
    """
    # A driver in a container has joined a Java process that started it.
    process = getattr(_session.sparkContext._gateway, "proc", None) if _session else None
    if process is None:
        return None
    try:
        code = process.wait(timeout=wait_s)
    except subprocess.TimeoutExpired:
        return None
    memory = psutil.virtual_memory()
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    killed = ", most often the system's answer to a lack of memory," if code == -signal.SIGKILL else ""
    return (
        f"Spark's Java process {process.pid} {how}{killed} with {memory.available / 2**30:.1f} of "
        f"{memory.total / 2**30:.1f} GiB of memory free now; {_log} ends: {_last_words()}."
    )


def java_cause(error: BaseException) -> str | None:
    """One sentence on what went wrong inside Spark, where its Java process raised this and lives: the root cause."""
    from py4j.protocol import Py4JJavaError

    if not isinstance(error, Py4JJavaError):
        return None
    cause = error.java_exception
    while cause.getCause() is not None:
        cause = cause.getCause()
    message = (cause.getMessage() or "it gives no reason").strip().splitlines()[0].rstrip(".")
    return f"Spark gave up: {cause.getClass().getSimpleName()}: {message}."


def _forget(session: "SparkSession") -> None:
    """What `SparkSession.stop` does in Python, for a session whose Java process is gone."""
    context = session.sparkContext
    context._jsc = None  # nobody is left to be told
    context.stop()
    type(session)._instantiatedSession = type(session)._activeSession = None


def _last_words() -> str:
    lines = [line for line in _log.read_text(errors="replace").splitlines() if line.strip("# ")] if _log.is_file() else []
    crash = max((n for n, line in enumerate(lines) if "A fatal error has been detected" in line), default=len(lines) - 3)
    return " | ".join(lines[max(crash, 0) :][:10]) or "without a word"


def _stop_gateway(gateway) -> None:
    from pyspark import SparkContext

    process = getattr(gateway, "proc", None)
    gateway.shutdown()
    if process is not None:
        process.stdin.close()
        process.wait(timeout=60)
    SparkContext._gateway = None
    SparkContext._jvm = None
