"""`python -m infra.local.metastore_schema`: the metastore's tables on PostgreSQL, made before its server first starts.

Where the server makes them itself it waits for itself, for ever: one of its connections alters a table in which another one
has an insert open. DataNucleus, the library beneath it, makes the same tables alone, from the description in the metastore's
jar. What is there already stays, so this may be run before every start, and again after it was killed.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from infra.errors import UserError
from infra.java import find_java, spark_home
from infra.local.artifacts import fetch_jdbc
from infra.local.services import metastore_classpath
from infra.settings import Settings, get_settings


class SchemaError(UserError):
    """The metastore's tables could not be made; the message ends with what the database said."""


def create_schema(settings: Settings) -> None:
    """Create every table of the metastore that is not there.

    Raises:
        SchemaError: the metastore's database is Derby, does not answer or refuses.
    """
    if not settings.metastore_jdbc_url:
        raise SchemaError("On Derby the metastore makes its own tables; set HM_METASTORE_JDBC_URL to a PostgreSQL database.")
    (jar,) = (spark_home() / "jars").glob("hive-metastore-*.jar")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(jar) as file:
            description = file.extract("package.jdo", folder)
        # The password stands in a file of our own, never on a command line.
        properties = Path(folder, "datanucleus.properties")
        properties.touch(mode=0o600)
        properties.write_text("".join(f"{name}={_escaped(value)}\n" for name, value in _properties(settings).items()))
        main = ["org.datanucleus.store.schema.SchemaTool", "-create", "-api", "JDO", "-props", str(properties), description]
        command = [find_java(17), "-Xmx256m", "-cp", metastore_classpath(settings), *main]
        env = os.environ | settings.service_env()
        done = subprocess.run(command, env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SchemaError(f"No tables for the metastore at {settings.metastore_jdbc_url}: {_reason(done.stdout)}")


def _properties(settings: Settings) -> dict[str, str]:
    """DataNucleus with the names and types that Hive's own start gives it."""
    return {
        "datanucleus.ConnectionURL": settings.metastore_jdbc_url,
        "datanucleus.ConnectionDriverName": settings.metastore_jdbc_driver,
        "datanucleus.ConnectionUserName": settings.metastore_jdbc_user,
        "datanucleus.ConnectionPassword": settings.metastore_jdbc_password,
        "datanucleus.connectionPoolingType": "None",
        "datanucleus.identifierFactory": "datanucleus1",
        "datanucleus.rdbms.useLegacyNativeValueStrategy": "true",
        "datanucleus.schema.autoCreateAll": "true",
    }


def _escaped(value: str) -> str:
    """A value as Java's property files take any: each character by its number."""
    units = value.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _reason(output: str) -> str:
    """The innermost cause that Java printed, else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["it said nothing"]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    return (causes or lines)[-1]


def main() -> None:
    settings = get_settings()
    try:
        fetch_jdbc(settings, print)
        create_schema(settings)
    except UserError as error:
        print(f"infra.local.metastore_schema: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"The metastore's tables are at {settings.metastore_jdbc_url}.")


if __name__ == "__main__":
    main()
