"""Whether the servers of an environment can be reached at all: asked when something failed, to say so in one sentence."""

import socket

from infra.settings import Settings


def servers(settings: Settings) -> dict[str, tuple[str, int]]:
    """Title -> host and port of every server the chain of this environment talks to; none where it has none."""
    found = {}
    if settings.storage == "hdfs":
        found["HDFS"] = (settings.hdfs_host, settings.hdfs_http_port)
    if settings.metastore == "thrift":
        found["The Hive Metastore"] = (settings.metastore_host, settings.metastore_port)
        found["The Spark Thrift Server"] = (settings.thrift_host, settings.thrift_port)
    if settings.clickhouse_interface == "http":
        found["ClickHouse"] = (settings.clickhouse_host, settings.clickhouse_port)
    return found


def unreachable(settings: Settings, timeout_s: float = 3) -> str | None:
    """One sentence on the servers that take no connection, with what to do; None where all of them do."""
    silent = []
    for title, address in servers(settings).items():
        try:
            socket.create_connection(address, timeout=timeout_s).close()
        except OSError:
            silent.append(f"{title} ({address[0]}:{address[1]})")
    if not silent:
        return None
    return f"{' and '.join(silent)} cannot be reached; start what is down (`make up` on this machine)."
