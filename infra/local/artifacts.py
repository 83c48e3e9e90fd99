"""The parts of the stack that PyPI does not have, by Maven coordinates, in a cache: fetched once, verified always."""

import hashlib
import os
import shutil
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from infra.errors import MissingPartError
from infra.settings import REPO, Settings

HADOOP, TRINO, POSTGRESQL, LLAP = "hadoop-3.5.0", "trino-476", "postgresql-42.7.8", "hive-llap-common-2.3.10"
POM = REPO / "infra" / "local" / "pom.xml"
CHECKSUMS = REPO / "infra" / "local" / "artifacts.sha256"
ARCHIVES = {
    "io.trino:trino-server-core:476:tar.gz": "trino-server-core-476.tar.gz",
    "io.trino:trino-hive:476:zip": "trino-hive-476.zip",
    # The last release of Trino's HDFS jars on Maven Central; they work inside 476.
    "io.trino:trino-hdfs:474:zip": "trino-hdfs-474.zip",
}
SIZES = {
    HADOOP: "Hadoop 3.5.0, 182 jars, 98 MB",
    TRINO: "Trino 476, 540 MB (1.3 GB unpacked)",
    POSTGRESQL: "PostgreSQL's JDBC driver, 1 MB",
    LLAP: "a jar of Hive's, 0.3 MB",
}

Progress = Callable[[str], None]


def hadoop_lib(settings: Settings) -> Path:
    """Folder of the Hadoop daemons' jars."""
    return _cache(settings) / HADOOP


def trino_home(settings: Settings) -> Path:
    """Folder of the unpacked Trino server."""
    return _cache(settings) / TRINO


def jdbc_lib(settings: Settings) -> Path:
    """Folder of the driver of the metastore's database; Derby's is among Spark's jars."""
    return _cache(settings) / POSTGRESQL


def llap_lib(settings: Settings) -> Path:
    """Folder of the jar of Hive's that pyspark leaves out and the Thrift Server needs."""
    return _cache(settings) / LLAP


def fetch_hadoop(settings: Settings, progress: Progress) -> None:
    """Have the Hadoop jars in the cache.

    Raises:
        MissingPartError: no Maven, no network, or a jar is not the one that was tested.
    """
    _have(hadoop_lib(settings), SIZES[HADOOP], _hadoop, progress)


def fetch_trino(settings: Settings, progress: Progress) -> None:
    """Have the unpacked Trino server in the cache.

    Raises:
        MissingPartError: no Maven, no network, or an archive is not the one that was tested.
    """
    _have(trino_home(settings), SIZES[TRINO], _trino, progress)


def fetch_jdbc(settings: Settings, progress: Progress) -> None:
    """Have the driver of the metastore's database in the cache, where that is PostgreSQL.

    Raises:
        MissingPartError: no Maven, no network, or the jar is not the one that was tested.
    """
    if settings.metastore_jdbc_driver == "org.postgresql.Driver":
        _have(jdbc_lib(settings), SIZES[POSTGRESQL], _postgresql, progress)


def fetch_llap(settings: Settings, progress: Progress) -> None:
    """Have the Thrift Server's jar in the cache.

    Raises:
        MissingPartError: no Maven, no network, or the jar is not the one that was tested.
    """
    _have(llap_lib(settings), SIZES[LLAP], _llap, progress)


def _cache(settings: Settings) -> Path:
    return settings.cache.expanduser().absolute()


def _have(target: Path, size: str, make: Callable[[Path, Progress], None], progress: Progress) -> None:
    """Make a folder of the cache where it is not there; nobody sees it before it is whole."""
    if target.is_dir():
        return
    progress(f"fetching {size} to {target.parent}")
    begun, partial = time.monotonic(), target.with_name(f"{target.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        make(partial, progress)
        os.replace(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    progress(f"{target.name} is there, verified, {time.monotonic() - begun:.0f} s")


def _hadoop(folder: Path, progress: Progress) -> None:
    _maven("-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}")
    _verify(folder)


def _postgresql(folder: Path, progress: Progress) -> None:
    _copy(f"org.postgresql:{POSTGRESQL.replace('-', ':')}:jar", folder)
    _verify(folder)


def _llap(folder: Path, progress: Progress) -> None:
    _copy("org.apache.hive:hive-llap-common:2.3.10:jar", folder)
    _verify(folder)


def _trino(folder: Path, progress: Progress) -> None:
    archives = folder / "archives"
    for coordinates, name in ARCHIVES.items():
        begun = time.monotonic()
        _copy(coordinates, archives)
        progress(f"{name}: {(archives / name).stat().st_size / 1e6:.0f} MB, {time.monotonic() - begun:.0f} s")
    _verify(archives)
    core, hive, hdfs = (archives / name for name in ARCHIVES.values())
    with tarfile.open(core) as tar:
        tar.extractall(folder / "unpacked", filter="data")
    (top,) = (folder / "unpacked").iterdir()
    for part in top.iterdir():
        part.rename(folder / part.name)
    _unzip(hive, folder / "plugin" / "hive")
    _unzip(hdfs, folder / "plugin" / "hive" / "hdfs")
    shutil.rmtree(folder / "unpacked")
    shutil.rmtree(archives)


def _unzip(archive: Path, target: Path) -> None:
    """The files of an archive without its top folder."""
    target.mkdir(parents=True)
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            if not info.is_dir():
                with file.open(info) as source, (target / Path(info.filename).name).open("wb") as copy:
                    shutil.copyfileobj(source, copy)


def _copy(coordinates: str, folder: Path) -> None:
    _maven("dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}")


def _maven(*arguments: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingPartError("Maven was not found; install it (Debian: maven) to fetch Hadoop and Trino.")
    # -C: what does not match the repository's own checksum is refused.
    command = [maven, "--quiet", "--batch-mode", "--strict-checksums", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if "ERROR" in line] or [done.stderr.strip() or "no message"]
        raise MissingPartError(f"Maven could not fetch {arguments[-2].removeprefix('-Dartifact=')}: {said[0]}")


def _verify(folder: Path) -> None:
    """Hold every file of a folder against the committed checksums."""
    known = {name: digest for digest, name in (line.split() for line in CHECKSUMS.read_text().splitlines())}
    for file in sorted(folder.iterdir()):
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if known.get(file.name) != found:
            raise MissingPartError(
                f"{file.name} is not the file this project was tested with (sha256 {found}); "
                "remove it from Maven's local repository and try again."
            )
