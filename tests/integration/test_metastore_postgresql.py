"""The metastore on PostgreSQL, as in the containers: a throw-away server, its tables by SchemaTool, the metastore on it."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from infra.settings import REPO
from tests.stack import free_ports

PASSWORD = "se cret=\\ÄÖ"
SPARK = """
from infra.settings import get_settings
from infra.spark import spark_session
spark = spark_session(get_settings())
spark.sql("create database on_postgresql")
spark.sql("create table on_postgresql.t using parquet as select 7 as n")
print(spark.table("on_postgresql.t").collect())
"""


def installed() -> Path | None:
    """Folder of the newest PostgreSQL server's programs, as Debian lays them out."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parents[1].name))
    return found[-1].parent if found else None


def as_postgres(*command: str) -> list[str]:
    """The server refuses to run as root; the package brings a user for it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


@pytest.fixture
def postgresql():
    """Port of an empty server with the user hm and the database metastore."""
    programs = installed()
    if programs is None:
        if "postgresql" in os.environ.get("HM_REQUIRE", ""):
            pytest.fail("HM_REQUIRE names postgresql and no server is below /usr/lib/postgresql")
        pytest.skip("no PostgreSQL server is installed (Debian: postgresql)")
    (port,) = free_ports(1)
    # Not below pytest's own folder: that one is closed to the user postgres.
    with tempfile.TemporaryDirectory(prefix="hm-postgresql-") as folder:
        password = Path(folder, "password")
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "postgres", folder], check=True)
        data = f"{folder}/data"

        def run(program: str, *arguments: str) -> None:
            subprocess.run(as_postgres(str(programs / program), *arguments), check=True, capture_output=True, cwd=folder)

        run("initdb", "-D", data, "-U", "hm", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", f"--pwfile={password}")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run("pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            question = ["-h", "127.0.0.1", "-p", str(port), "-U", "hm", "-d", "postgres", "-c", "create database metastore"]
            subprocess.run(["psql", *question], check=True, capture_output=True, env=os.environ | {"PGPASSWORD": PASSWORD})
            yield port
        finally:
            run("pg_ctl", "-D", data, "-m", "fast", "stop")


def tables(port: int) -> int:
    question = "select count(*) from information_schema.tables where table_schema = 'public'"
    command = ["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "hm", "-d", "metastore", "-Atc", question]
    env = os.environ | {"PGPASSWORD": PASSWORD}
    return int(subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout)


@pytest.mark.timeout(1800)
def test_the_tables_are_made_once_and_the_metastore_answers_from_them(need, postgresql: int):
    stack = need("namenode", "datanode")
    (port,) = free_ports(1)
    env = stack.env | {
        "HM_METASTORE_PORT": str(port),
        "HM_METASTORE_JDBC_URL": f"jdbc:postgresql://127.0.0.1:{postgresql}/metastore",
        "HM_METASTORE_JDBC_DRIVER": "org.postgresql.Driver",
        "HM_METASTORE_JDBC_USER": "hm",
        "HM_METASTORE_JDBC_PASSWORD": PASSWORD,
        "HM_METASTORE_CREATE_SCHEMA": "false",
    }

    def module(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-m", *words], env=env, cwd=REPO, capture_output=True, text=True)

    for _ in range(2):
        made = module("infra.local.metastore_schema")
        assert made.returncode == 0, made.stderr
        assert tables(postgresql) == 44
    server = subprocess.Popen([sys.executable, "-m", "infra.local", "run", "metastore"], env=env, cwd=REPO)
    try:
        deadline = time.monotonic() + 180
        while (asked := module("infra.local", "ready", "metastore")).returncode and time.monotonic() < deadline:
            assert server.poll() is None
        assert asked.returncode == 0, asked.stderr
        done = subprocess.run([sys.executable, "-c", SPARK], env=env, cwd=REPO, capture_output=True, text=True)
        assert done.stdout.strip() == "[Row(n=7)]", done.stderr
    finally:
        server.terminate()
        server.wait(timeout=60)
