"""What the stack consists of: each service's command, ports and the question that tells whether it is ready.

docker-compose.hadoop.yml starts the services that run from the project's image by the same commands
(`python -m infra.local run NAME`).
"""

import json
import sys
from collections.abc import Callable

from pyhive.exc import OperationalError
from thrift.Thrift import TException
from trino.exceptions import Error as TrinoException

from infra.errors import MissingPartError
from infra.java import find_java, java_home, spark_home
from infra.local import airflow, artifacts
from infra.local.service import Service, get
from infra.settings import REPO, Settings
from infra.spark import launch_env, spark_conf

INFRA = REPO / "infra"

_OPENS = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in [
        "java.io",
        "java.lang",
        "java.lang.reflect",
        "java.math",
        "java.net",
        "java.text",
        "java.util",
        "java.util.concurrent",
        "java.util.zip",
        "sun.security.util",
        "sun.security.x509",
    ]
]
"""What Hadoop's serialisation and security look into on Java 17."""


# -- HDFS -----------------------------------------------------------------------------------------------------------------


def hadoop_command(heap: str, main: str, *arguments: str) -> Callable[[Settings], list[str]]:
    """A Java program of Hadoop's with the stack's configuration."""

    def command(settings: Settings) -> list[str]:
        folders = settings.data_root / "hdfs" / "classpath"
        # The jars carry no web pages, and a daemon without these folders does not start; WebHDFS works without pages.
        for name in ("hdfs", "datanode"):
            (folders / "webapps" / name / "WEB-INF").mkdir(parents=True, exist_ok=True)
        classpath = f"{INFRA / 'hadoop'}:{folders}:{artifacts.hadoop_lib(settings)}/*"
        return [find_java(17), f"-Xmx{heap}", "-Djava.net.preferIPv4Stack=true", *_OPENS, "-cp", classpath, main, *arguments]

    return command


_NAMENODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"


def _format_namenode(settings: Settings) -> list[str] | None:
    """The command that formats an empty NameNode; a formatted one is left alone."""
    name_dir = settings.data_root / "hdfs" / "name"
    if (name_dir / "current" / "VERSION").is_file():
        return None
    return hadoop_command("256m", _NAMENODE, "-format", "-nonInteractive")(settings)


def _jmx(settings: Settings, bean: str) -> dict:
    """What the NameNode says of itself; nothing while it starts."""
    url = f"http://{settings.hdfs_host}:{settings.hdfs_http_port}/jmx?qry=Hadoop:service=NameNode,name={bean}"
    beans = json.loads(get(url))["beans"]
    return beans[0] if beans else {}


def _namenode_waits(settings: Settings) -> str | None:
    return None if "Safemode" in _jmx(settings, "NameNodeInfo") else "it is still starting"


def _datanode_waits(settings: Settings) -> str | None:
    # The NameNode takes ten minutes to forget a DataNode that died: the new one has to say itself that it serves.
    url = f"http://{settings.datanode_host}:{settings.datanode_http_port}/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo"
    beans = json.loads(get(url))["beans"]
    if not beans or "RUNNING" not in beans[0].get("BPServiceActorInfo", ""):
        return "it has not joined the NameNode"
    if not _jmx(settings, "FSNamesystemState").get("NumLiveDataNodes"):
        return "the NameNode knows of no live DataNode"
    return _jmx(settings, "NameNodeInfo").get("Safemode") or None


# -- Hive Metastore, Spark Thrift Server ----------------------------------------------------------------------------------


def metastore_classpath(settings: Settings) -> str:
    """The metastore's configuration, Spark's jars and the driver of its database."""
    return f"{INFRA / 'hive'}:{INFRA / 'hadoop'}:{spark_home()}/jars/*:{artifacts.jdbc_lib(settings)}/*"


def _metastore(settings: Settings) -> list[str]:
    main = "org.apache.hadoop.hive.metastore.HiveMetaStore"
    options = ["-Xmx512m", f"-Dlog4j2.configurationFile=file:{INFRA / 'hive' / 'log4j2.properties'}", "-Duser.timezone=UTC"]
    derby = f"-Dderby.stream.error.file={settings.state_dir / 'derby.log'}"
    return [find_java(17), *options, derby, "-cp", metastore_classpath(settings), main, "-p", str(settings.metastore_port)]


def _metastore_waits(settings: Settings) -> str | None:
    """Ask for the databases, in Thrift's own words: a bound port says nothing of the tables behind it."""
    from thrift.protocol.TBinaryProtocol import TBinaryProtocol
    from thrift.Thrift import TApplicationException, TMessageType, TType
    from thrift.transport.TSocket import TSocket
    from thrift.transport.TTransport import TBufferedTransport

    socket = TSocket(settings.metastore_host, settings.metastore_port)
    socket.setTimeout(5000)
    transport = TBufferedTransport(socket)
    protocol = TBinaryProtocol(transport)
    transport.open()
    try:
        protocol.writeMessageBegin("get_all_databases", TMessageType.CALL, 1)
        protocol.writeByte(TType.STOP)
        protocol.writeMessageEnd()
        transport.flush()
        _, kind, _ = protocol.readMessageBegin()
        if kind == TMessageType.EXCEPTION:
            fault = TApplicationException()
            fault.read(protocol)
            return str(fault)
        return None
    finally:
        transport.close()


def _thrift_server(settings: Settings) -> list[str]:
    conf = spark_conf(settings) | {
        "spark.driver.memory": settings.thrift_memory,
        # Sessions that close beside others make Hive list its functions, one of which needs this jar: without it the client
        # gets no answer, and every later close waits for ever.
        "spark.driver.extraClassPath": f"{artifacts.llap_lib(settings)}/*",
    }
    options = [part for key, value in conf.items() for part in ("--conf", f"{key}={value}")]
    main = ["--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal"]
    hive = {
        "hive.server2.thrift.port": settings.thrift_port,
        "hive.server2.thrift.bind.host": settings.bind_host,
        # Every statement runs as the server's own user: HDFS without permissions would learn nothing from the guest's name.
        "hive.server2.enable.doAs": "false",
    }
    hiveconf = [part for key, value in hive.items() for part in ("--hiveconf", f"{key}={value}")]
    return [str(spark_home() / "bin" / "spark-submit"), "--name", "hm-thrift-server", *options, *main, *hiveconf]


def _thrift_server_waits(settings: Settings) -> str | None:
    from pyhive import hive

    with (
        hive.connect(settings.thrift_host, settings.thrift_port, username="hm") as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select 1")
        return None if cursor.fetchall() == [(1,)] else "select 1 is answered by something else"


# -- Trino, ClickHouse ----------------------------------------------------------------------------------------------------


def _trino(settings: Settings) -> list[str]:
    find_java(24, settings.trino_java_home)
    home, data = artifacts.trino_home(settings), settings.data_root / "trino"
    return [str(home / "bin" / "launcher"), "run", "--etc-dir", str(INFRA / "trino"), "--data-dir", str(data)]


def _trino_waits(settings: Settings) -> str | None:
    import trino

    if json.loads(get(f"http://{settings.trino_host}:{settings.trino_port}/v1/info"))["starting"]:
        return "it is still starting"
    with trino.dbapi.connect(settings.trino_host, settings.trino_port, user=settings.trino_user) as connection:
        connection.cursor().execute("show schemas from hive").fetchall()
    return None


def _clickhouse_waits(settings: Settings) -> str | None:
    answer = get(f"http://{settings.clickhouse_host}:{settings.clickhouse_port}/?query=select%201").strip()
    return None if answer == b"1" else f"select 1 is answered by {answer[:80]!r}"


# -- YARN -----------------------------------------------------------------------------------------------------------------


def _yarn_api(settings: Settings, path: str) -> dict:
    return json.loads(get(f"http://{settings.yarn_host}:{settings.yarn_http_port}/ws/v1/cluster/{path}"))


def _resourcemanager_waits(settings: Settings) -> str | None:
    info = _yarn_api(settings, "info")["clusterInfo"]
    return None if (info["state"], info["haState"]) == ("STARTED", "ACTIVE") else f"it is {info['state']}, {info['haState']}"


def _nodemanager_waits(settings: Settings) -> str | None:
    nodes = (_yarn_api(settings, "nodes")["nodes"] or {}).get("node", [])
    return None if any(node["state"] == "RUNNING" for node in nodes) else "the ResourceManager knows of no running node"


def _nodemanager(settings: Settings) -> list[str]:
    folder = settings.service_env()["HM_YARN_DIR"]
    if " " in folder:
        raise MissingPartError(
            f"YARN's containers do not start below {folder!r}: name a folder without a space in HM_YARN_DIR."
        )
    return hadoop_command("256m", "org.apache.hadoop.yarn.server.nodemanager.NodeManager")(settings)


_JAVA_17 = {"env": lambda s: {"JAVA_HOME": java_home(17)}}

SERVICES = [
    Service(
        "namenode",
        "HDFS NameNode",
        lambda s: {"HM_HDFS_PORT": s.hdfs_port, "HM_HDFS_HTTP_PORT": s.hdfs_http_port},
        hadoop_command("384m", _NAMENODE),
        _namenode_waits,
        fetch=artifacts.fetch_hadoop,
        prepare=_format_namenode,
    ),
    Service(
        "datanode",
        "HDFS DataNode",
        lambda s: {
            "HM_DATANODE_PORT": s.datanode_port,
            "HM_DATANODE_HTTP_PORT": s.datanode_http_port,
            "HM_DATANODE_IPC_PORT": s.datanode_ipc_port,
        },
        hadoop_command("256m", "org.apache.hadoop.hdfs.server.datanode.DataNode"),
        _datanode_waits,
        fetch=artifacts.fetch_hadoop,
    ),
    Service(
        "metastore",
        "Hive Metastore",
        lambda s: {"HM_METASTORE_PORT": s.metastore_port},
        _metastore,
        _metastore_waits,
        fetch=artifacts.fetch_jdbc,
    ),
    Service(
        "resourcemanager",
        "YARN ResourceManager",
        lambda s: {
            "HM_YARN_PORT": s.yarn_port,
            "HM_YARN_SCHEDULER_PORT": s.yarn_scheduler_port,
            "HM_YARN_TRACKER_PORT": s.yarn_tracker_port,
            "HM_YARN_ADMIN_PORT": s.yarn_admin_port,
            "HM_YARN_HTTP_PORT": s.yarn_http_port,
        },
        hadoop_command("384m", "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager"),
        _resourcemanager_waits,
        fetch=artifacts.fetch_hadoop,
        is_core=False,
        **_JAVA_17,
    ),
    Service(
        "nodemanager",
        "YARN NodeManager",
        lambda s: {
            "HM_NODEMANAGER_PORT": s.nodemanager_port,
            "HM_NODEMANAGER_LOCALIZER_PORT": s.nodemanager_localizer_port,
            "HM_NODEMANAGER_HTTP_PORT": s.nodemanager_http_port,
        },
        _nodemanager,
        _nodemanager_waits,
        fetch=artifacts.fetch_hadoop,
        is_core=False,
        **_JAVA_17,
    ),
    Service(
        "thrift",
        "Spark Thrift Server",
        lambda s: {"HM_THRIFT_PORT": s.thrift_port},
        _thrift_server,
        _thrift_server_waits,
        fetch=artifacts.fetch_llap,
        prepare=lambda s: [sys.executable, "-m", "infra.submit", "jars"] if s.spark_master == "yarn" else None,
        env=lambda s: launch_env(s) | {"PYTHONPATH": str(REPO)},
    ),
    Service(
        "trino",
        "Trino",
        lambda s: {"HM_TRINO_PORT": s.trino_port},
        _trino,
        _trino_waits,
        fetch=artifacts.fetch_trino,
        env=lambda s: {
            "JAVA_HOME": java_home(24, s.trino_java_home),
            "HM_TRINO_CONF_DIR": str(INFRA / "trino"),
        },
    ),
    Service(
        "clickhouse",
        "ClickHouse's HTTP protocol on chDB",
        lambda s: {"HM_CLICKHOUSE_PORT": s.clickhouse_port},
        lambda s: [sys.executable, "-m", "infra.local.clickhouse_http"],
        _clickhouse_waits,
        env=lambda s: {"PYTHONPATH": str(REPO)},
    ),
    *airflow.SERVICES,
]
"""In the order they start; they stop in the opposite one."""

NOT_YET = (OSError, EOFError, TException, OperationalError, TrinoException)
"""What asking raises while a service is still coming up: closed ports, half answers, refusals."""
