"""Whether the servers of an environment can be reached at all: asked when something failed, to say so in one sentence."""

import socket
import sys
from urllib.parse import urlparse

from infra.settings import Settings


def servers(settings: Settings) -> dict[str, list[tuple[str, int]]]:
    """Title -> hosts and ports, any of which will do, of every server the chain of this environment talks to."""
    found = {}
    if settings.storage == "hdfs":
        found["HDFS"] = settings.webhdfs
    if settings.metastore == "thrift":
        found["The Hive Metastore"] = [(settings.metastore_host, settings.metastore_port)]
        found["The Spark Thrift Server"] = [(settings.thrift_host, settings.thrift_port)]
    if settings.clickhouse_interface == "http":
        found["ClickHouse"] = [(settings.clickhouse_host, settings.clickhouse_port)]
    return found


def unreachable(settings: Settings, timeout_s: float = 3) -> str | None:
    """One sentence on the servers that take no connection, with what to do; None where all of them do."""
    silent = [
        f"{title} ({', '.join(f'{host}:{port}' for host, port in addresses)})"
        for title, addresses in servers(settings).items()
        if not any(_takes_connections(address, timeout_s) for address in addresses)
    ]
    if not silent:
        return None
    return (
        f"{' and '.join(silent)} cannot be reached; start what is down (`make up` on this machine), "
        "or set its host and port (docs/clusters.md)."
    )


def _takes_connections(address: tuple[str, int], timeout_s: float) -> bool:
    try:
        socket.create_connection(address, timeout=timeout_s).close()
    except OSError:
        return False
    return True


def refused(error: BaseException) -> str | None:
    """One sentence on the server that took no connection, where an HTTP client raised this for it: a DataNode, say."""
    requests = sys.modules.get("requests")
    if requests is None or not isinstance(error, requests.ConnectionError) or error.request is None:
        return None
    return f"{urlparse(error.request.url).netloc} cannot be reached; start what is down (`make up` on this machine)."
