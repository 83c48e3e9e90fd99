"""Which Java runs what: Spark and Hadoop on 17, Trino on a newer one beside it."""

import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from infra.errors import MissingPartError


@cache
def find_java(at_least: int, named: str = "") -> str:
    """Path of a `java` of this version or newer: the one named, JAVA_HOME's, the path's, or the oldest that will do.

    Raises:
        MissingPartError: there is none.
    """
    path_java = shutil.which("java")
    homes = [named] if named else [os.environ.get("JAVA_HOME"), path_java and str(Path(path_java).resolve().parents[1])]
    if not named:
        homes += sorted((str(home) for home in Path("/usr/lib/jvm").glob("*") if not home.is_symlink()), key=version_of)
    for home in homes:
        if home and version_of(home) >= at_least and os.access(f"{home}/bin/java", os.X_OK):
            return f"{home}/bin/java"
    where, setting = (f"{named} is older or not there", "HM_TRINO_JAVA_HOME") if named else ("none was found", "JAVA_HOME")
    raise MissingPartError(f"Java {at_least} or newer is needed and {where}; install one, or name its folder in {setting}.")


def java_home(at_least: int, named: str = "") -> str:
    """Folder of that Java.

    Raises:
        MissingPartError: there is none.
    """
    return str(Path(find_java(at_least, named)).parents[1])


def version_of(home: str) -> int:
    """Major version by the JDK's own `release` file, or by its word where it has none; 0 where it does not run."""
    release = Path(home, "release")
    try:
        if release.is_file():
            found = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE)
        else:
            asked = subprocess.run([f"{home}/bin/java", "-version"], capture_output=True, text=True, timeout=60)
            found = re.search(r'version "(\d+)', asked.stderr)
    except (OSError, subprocess.SubprocessError):
        return 0
    return int(found[1]) if found else 0


def spark_home() -> Path:
    """pyspark's own folder: its jars are Spark's and the Hive Metastore's."""
    return Path(importlib.util.find_spec("pyspark").origin).parent
