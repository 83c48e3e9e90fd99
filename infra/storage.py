"""The file system of an environment's tables, as Arrow sees it: this machine's disk, or HDFS.

HDFS is reached through WebHDFS, which is HTTP: Python reads and writes bulk data without a JVM. What a cluster with standby
NameNodes, an HttpFS gateway, TLS or Kerberos needs is described in docs/clusters.md.
"""

from functools import lru_cache
from urllib.parse import unquote, urlparse

from pyarrow import fs

from infra.errors import UserError
from infra.settings import Settings


class StorageError(UserError):
    """The file system cannot be reached; the message says what to start."""


def file_system(settings: Settings) -> fs.FileSystem:
    """Arrow's file system of an environment; paths on it are absolute and carry no scheme.

    Raises:
        StorageError: HDFS does not answer.
    """
    if settings.storage == "disk":
        return fs.LocalFileSystem()
    is_kerberos = settings.hdfs_http_auth == "kerberos"
    return _hdfs(tuple(settings.webhdfs), settings.hdfs_http_tls, None if is_kerberos else settings.hdfs_user)


@lru_cache
def _hdfs(addresses: tuple[tuple[str, int], ...], tls: bool, user: str | None) -> fs.FileSystem:
    from requests import RequestException

    from infra.webhdfs import NameNodes, RefusedError

    try:
        web = NameNodes(list(addresses), user, tls)
        web.info("/")
    except ModuleNotFoundError as error:
        raise StorageError(f"WebHDFS with Kerberos needs a package more ({error}); docs/clusters.md names it.") from error
    except (RequestException, RefusedError) as error:
        said = " or ".join(f"{host}:{port}" for host, port in addresses)
        raise StorageError(
            f"HDFS does not answer at {said} ({type(error).__name__}); "
            "start it with `make up`, or set HM_HDFS_HOST and HM_HDFS_HTTP_PORT (docs/clusters.md)."
        ) from error
    return fs.PyFileSystem(fs.FSSpecHandler(web))


def path_of(location: str) -> str:
    """The path within the file system, of a location as the metastore writes it: `file:/a`, `hdfs://host:port/a` or `/a`."""
    return unquote(urlparse(location).path) if ":/" in location else location


def files_below(system: fs.FileSystem, folder: str, suffix: str = ".parquet") -> list[str]:
    """Paths of the files below a folder whose names end so, sorted; none where it is not there."""
    found = system.get_file_info(fs.FileSelector(folder, allow_not_found=True, recursive=True))
    return sorted(info.path for info in found if info.type == fs.FileType.File and info.path.endswith(suffix))


def folders_in(system: fs.FileSystem, folder: str) -> list[fs.FileInfo]:
    """The folders right inside a folder, sorted by path; none where it is not there."""
    found = system.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    return sorted((info for info in found if info.type == fs.FileType.Directory), key=lambda info: info.path)


def remove(system: fs.FileSystem, folder: str) -> None:
    """Remove a folder and all in it, where it is there."""
    if system.get_file_info(folder).type != fs.FileType.NotFound:
        system.delete_dir(folder)
