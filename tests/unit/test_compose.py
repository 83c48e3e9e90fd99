"""docker-compose.hadoop.yml without Docker: what can be known of it before an engine reads it."""

import os
import re
import runpy
import subprocess
import tomllib
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest
import yaml
from sqlalchemy.engine import make_url

from infra.local import airflow as local_airflow
from infra.local import artifacts, services
from infra.local.service import Service
from infra.settings import ENV_DIR, REPO, Settings

FILE = REPO / "docker-compose.hadoop.yml"
DOCKERFILE = (REPO / "infra" / "docker" / "Dockerfile").read_text()
SUPERSET_DOCKERFILE = (REPO / "infra" / "docker" / "superset.Dockerfile").read_text()
SUPERSET_DATABASES = {
    file.stem: yaml.safe_load(file.read_text()) for file in (REPO / "infra/superset/assets/databases").glob("*.yaml")
}
TEXT = re.sub(r"^\s*#.*$", "", FILE.read_text(), flags=re.MULTILINE)
COMPOSE = yaml.safe_load(TEXT)
CONTAINERS: dict[str, dict] = COMPOSE["services"]
with patch.dict(os.environ, {name: value for name, value in os.environ.items() if not name.startswith("HM_")}, clear=True):
    CLUSTER = Settings(_env_file=(ENV_DIR / "base.env", ENV_DIR / "cluster.env"), env="cluster")
SERVICES = {service.name: service for service in services.SERVICES}
IMAGE_ROOT = "/opt/hm"
DRIVERS = {"clickhouse-connect": "clickhouse-connect", "trino": "trino[sqlalchemy]"}
"""Packages that Superset shares with the project, in the same releases."""
AWAITED = {
    name
    for container in CONTAINERS.values()
    for name, wanted in container.get("depends_on", {}).items()
    if wanted["condition"] == "service_completed_successfully"
}
"""Containers that do one thing and end."""


def ours() -> dict[str, dict]:
    """The containers of the project's own image."""
    return {name: container for name, container in CONTAINERS.items() if container["image"].startswith("hm-warehouse:")}


def words(container: dict) -> list[str]:
    command = container.get("command", [])
    return command.split() if isinstance(command, str) else command


def runs(container: dict) -> str | None:
    """The service that a container becomes."""
    match words(container):
        case ["python", "-m", "infra.local", "run", name]:
            return name
    return None


def mounts(container: dict) -> dict[str, str]:
    """Source by target, of folders and files of the checkout."""
    pairs = [volume.split(":")[:2] for volume in container.get("volumes", [])]
    return {target: source.removeprefix("./") for source, target in pairs if source.startswith(".")}


def env_files(container: dict) -> list[dict]:
    given = container.get("env_file", [])
    return [{"path": file, "required": True} if isinstance(file, str) else file for file in given]


def env(container: dict) -> dict[str, str]:
    """The variables a container gets, those of its files too."""
    files = [REPO / file["path"] for file in env_files(container) if file["required"]]
    lines = [line for file in files for line in file.read_text().splitlines() if re.match(r"\w+=", line)]
    return dict(line.split("=", 1) for line in lines) | container.get("environment", {})


def mib(limit: str) -> int:
    unit = {"k": 1 / 1024, "m": 1, "g": 1024}[limit[-1].lower()]
    return int(int(limit[:-1]) * unit)


def test_the_stack_has_every_service_of_the_local_one():
    started = {runs(container) for container in ours().values()} - {None}
    airflow = {service.name for service in local_airflow.SERVICES}
    assert started | {"trino", "clickhouse"} | airflow == set(SERVICES)
    assert {"postgres", "jobs"} <= set(CONTAINERS)


def test_airflows_services_are_the_local_ones():
    for service in local_airflow.SERVICES:
        script, *options = service.command(CLUSTER)
        assert words(CONTAINERS[service.name]) == [Path(script).name, *options]


def test_every_file_of_the_checkout_that_it_names_is_there():
    named = {source for container in CONTAINERS.values() for source in mounts(container).values()}
    named |= {file["path"] for container in CONTAINERS.values() for file in env_files(container) if file["required"]}
    named |= {c["build"]["dockerfile"] for c in CONTAINERS.values() if "build" in c}
    named |= {
        word for c in ours().values() for word in [*words(c), *c.get("healthcheck", {}).get("test", [])] if "/" in word
    }
    named |= {word for c in CONTAINERS.values() for word in words(c) if word.startswith(f"{IMAGE_ROOT}/infra/")}
    named = {name.removeprefix(f"{IMAGE_ROOT}/") for name in named}
    named = {name for name in named if not name.startswith("/")}
    assert {"infra/docker/superset.Dockerfile", "infra/docker/superset_init.sh"} <= named
    assert {"infra", "infra/trino", "airflow", "./infra/env/cluster.env", "infra/docker/Dockerfile"} <= named
    assert [name for name in named if not (REPO / name).exists()] == []


def test_images_are_pinned_by_version():
    version = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["version"]
    images = {container["image"] for container in CONTAINERS.values()}
    assert len(images) == 5 and f"hm-warehouse:{version}" in images
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE + SUPERSET_DOCKERFILE, re.MULTILINE)
    stages = set(re.findall(r"^FROM \S+ AS (\w+)", DOCKERFILE, re.MULTILINE))
    assert bases and set(bases) & stages
    for image in images | set(bases) - stages:
        assert re.fullmatch(r"[\w./-]+:\d+(\.\d+)*(-[\w.-]+)?", image), image
        assert image.startswith("trinodb/") or re.search(r":\d+\.\d+", image), image
    assert artifacts.TRINO.replace("-", ":") in CONTAINERS["trino"]["image"].replace("trinodb/", "")


def test_only_one_container_builds_an_image_and_nobody_looks_for_it_elsewhere():
    assert [name for name, container in CONTAINERS.items() if "build" in container] == ["namenode", "superset-init"]
    built = {CONTAINERS[name]["image"] for name in ("namenode", "superset-init")}
    assert {c["image"] for c in CONTAINERS.values() if c.get("pull_policy") == "never"} == built


def test_clickhouse_is_the_release_that_chdb_holds():
    locked = re.search(r"^chdb-core==(\d+\.\d+)", (REPO / "requirements.lock").read_text(), re.MULTILINE)[1]
    assert CONTAINERS["clickhouse"]["image"] == f"clickhouse/clickhouse-server:{locked}"


def test_who_stays_says_whether_it_is_healthy_and_who_waits_waits_for_that():
    for name, container in CONTAINERS.items():
        assert ("healthcheck" in container) != (name in AWAITED), name
        for other, wanted in container.get("depends_on", {}).items():
            end = "service_completed_successfully" if other in AWAITED else "service_healthy"
            assert wanted == {"condition": end}, (name, other)
    assert {"metastore-schema", "airflow-init", "superset-init"} == AWAITED


def test_health_is_the_question_that_make_up_asks():
    asked = 0
    for name, container in ours().items():
        if service := runs(container):
            assert service in SERVICES, name
            assert container["healthcheck"]["test"] == ["CMD", "python", "-m", "infra.local", "ready", service]
            asked += 1
    assert asked >= 4


def test_the_database_has_its_tables_before_the_metastore_starts():
    assert words(CONTAINERS["metastore-schema"]) == ["python", "-m", "infra.local.metastore_schema"]
    assert {"metastore-schema", "datanode"} <= set(CONTAINERS["hive-metastore"]["depends_on"])
    assert not CLUSTER.metastore_create_schema
    database = re.fullmatch(r"jdbc:postgresql://postgres:5432/(\w+)", CLUSTER.metastore_jdbc_url)[1]
    given = CONTAINERS["postgres"]["environment"]
    assert (given["POSTGRES_DB"], given["POSTGRES_USER"]) == (database, CLUSTER.metastore_jdbc_user)
    for name in ("metastore-schema", "hive-metastore"):
        assert CONTAINERS[name]["environment"]["HM_METASTORE_JDBC_PASSWORD"] == given["POSTGRES_PASSWORD"]


def test_ports_are_open_on_loopback_only_and_are_the_settings_own():
    settings = {int(value) for name, value in CLUSTER.model_dump().items() if name.endswith("_port")}
    published = [port for container in CONTAINERS.values() for port in container.get("ports", [])]
    assert published
    hosts = []
    for port in published:
        address, outside, inside = port.split(":")
        assert address == "127.0.0.1" and int(inside) in settings, port
        hosts.append(outside)
    assert len(set(hosts)) == len(hosts)


def test_hosts_of_the_settings_are_containers():
    hosts = {value for name, value in CLUSTER.model_dump().items() if name.endswith("_host") and name != "bind_host"}
    names = {host for host in hosts if not re.match(r"[\d.]+$", host)}
    assert names and names <= set(CONTAINERS), names - set(CONTAINERS)
    assert CLUSTER.bind_host == "0.0.0.0"


def test_the_stack_fits_a_laptop_of_16_gb():
    standing = {name: c for name, c in CONTAINERS.items() if "profiles" not in c and name not in AWAITED}
    needed = sum(mib(container["mem_limit"]) for container in standing.values())
    assert needed < 14 * 1024
    assert needed + mib(CONTAINERS["superset"]["mem_limit"]) < 14.75 * 1024
    assert all(container.get("mem_limit") for container in CONTAINERS.values())


def test_a_heap_leaves_room_below_the_limit_of_its_container(monkeypatch, tmp_path):
    monkeypatch.setattr(services, "find_java", lambda *_: "/jdk/bin/java")
    settings = CLUSTER.model_copy(update={"data_dir": str(tmp_path)})
    heaps = {"trino": re.search(r"-Xmx(\w+)", (REPO / "infra/trino/jvm.config").read_text())[1]}
    heaps |= dict.fromkeys(("jobs", "airflow-scheduler"), CLUSTER.spark_driver_memory)
    for name, container in ours().items():
        if (service := runs(container)) == "thrift":
            heaps[name] = CLUSTER.thrift_memory
        elif service:
            (heaps[name],) = re.findall(r"-Xmx(\w+)", " ".join(SERVICES[service].command(settings)))
    assert {"namenode", "datanode", "hive-metastore", "spark-thrift-server"} <= set(heaps)
    for name, heap in heaps.items():
        assert mib(heap) + 160 <= mib(CONTAINERS[name]["mem_limit"]), name


def test_what_is_mounted_is_what_the_local_stack_starts_with(monkeypatch):
    monkeypatch.setattr(services, "find_java", lambda *_: "/jdk/bin/java")
    assert f"WORKDIR {IMAGE_ROOT}\n" in DOCKERFILE
    for name, container in ours().items():
        assert mounts(container)[f"{IMAGE_ROOT}/infra"] == "infra", name
    trino, local = CONTAINERS["trino"], CLUSTER.service_env() | SERVICES["trino"].env(CLUSTER)
    given = env(trino)
    for variable in ("HM_TRINO_CONF_DIR", "HM_HADOOP_CONF_DIR"):
        assert REPO / mounts(trino)[given[variable]] == Path(local[variable])
    foreign = [source for c in CONTAINERS.values() for source in mounts(c).values() if source.split("/")[0] != "infra"]
    assert set(foreign) <= {"airflow"}
    for container in CONTAINERS.values():
        assert all(volume.endswith(":ro") for volume in container.get("volumes", []) if volume.startswith("."))


def test_trino_gets_every_variable_of_its_files_with_the_value_that_the_others_have():
    given, others = env(CONTAINERS["trino"]), CLUSTER.service_env()
    hadoop = [REPO / "infra/hadoop/core-site.xml", REPO / "infra/hadoop/hdfs-site.xml"]
    files = [*(REPO / "infra/trino").rglob("*.properties"), *hadoop]
    used = {name for file in files for name in re.findall(r"\$\{(?:env\.|ENV:)(\w+)", file.read_text())}
    assert "HM_HDFS_URI" in used and used <= set(given), used - set(given)
    for name in used - {"HM_TRINO_CONF_DIR", "HM_HADOOP_CONF_DIR"}:
        assert given[name] == others[name], name
    assert f"{given['HM_DATA_DIR']}/trino" in words(CONTAINERS["trino"])


def test_a_nodemanager_gives_away_less_than_it_has():
    daemon = mib(re.search(r'"(\d+m)", "org.apache.hadoop.yarn.server.nodemanager', Path(services.__file__).read_text())[1])
    assert CLUSTER.nodemanager_memory_mb + daemon <= mib(CONTAINERS["nodemanager"]["mem_limit"])


def test_hm_variables_are_settings():
    known = set(CLUSTER.service_env()) | set(re.findall(r"^(HM_\w+)=", (ENV_DIR / "base.env").read_text(), re.MULTILINE))
    known |= {"HM_TRINO_CONF_DIR"}
    # airflow/airflow.env names the checkout by it.
    known |= {"HM_REPO"}
    used = set(re.findall(r"\bHM_\w+", TEXT + re.sub(r"^#.*$", "", DOCKERFILE, flags=re.MULTILINE)))
    assert used and used <= known, used - known


def test_secrets_come_from_outside_and_have_their_line_in_the_example():
    example = (REPO / ".env.example").read_text()
    wanted = set(re.findall(r"\$\{(\w+)", TEXT))
    assert wanted == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))
    assert not re.search(r"^\w+=.", example, re.MULTILINE)
    assert set(re.findall(r"\$\{\w+(.*?)\}", TEXT)) == {":?is not set, see .env.example"}
    for name, container in CONTAINERS.items():
        for variable, value in container.get("environment", {}).items():
            if re.search(r"PASSWORD$|SECRET|_KEY$", variable):
                assert value.startswith("${"), (name, variable)
    assert "\n.env\n" in (REPO / ".gitignore").read_text()


def test_the_clickhouse_user_is_the_one_that_jobs_log_in_as():
    server = CONTAINERS["clickhouse"]["environment"]
    assert (server["CLICKHOUSE_USER"], server["CLICKHOUSE_DB"]) == (CLUSTER.clickhouse_user, CLUSTER.clickhouse_database)
    for name in ("jobs", "airflow-scheduler"):
        assert CONTAINERS[name]["environment"]["HM_CLICKHOUSE_PASSWORD"] == server["CLICKHOUSE_PASSWORD"]


def test_superset_knows_the_stores_of_the_stack_and_no_password():
    uris = {name: database["sqlalchemy_uri"] for name, database in SUPERSET_DATABASES.items()}
    assert uris == {
        # The server refuses to change a table for who asks so; seen with the engine of chDB.
        "clickhouse": f"clickhousedb://{CLUSTER.clickhouse_user}@{CLUSTER.clickhouse_host}:{CLUSTER.clickhouse_port}"
        f"/{CLUSTER.clickhouse_database}?readonly=2",
        "trino": f"trino://superset@{CLUSTER.trino_host}:{CLUSTER.trino_port}/{CLUSTER.trino_catalog}",
    }
    for database in SUPERSET_DATABASES.values():
        # What the import wants; a file that lacks one of these it passes over, and ends well.
        assert database["extra"] == {} and database["version"] == "1.0.0" and UUID(database["uuid"])
        assert not any(database[f"allow_{what}"] for what in ("ctas", "cvas", "dml", "file_upload"))
    assert set(CONTAINERS["superset-init"]["depends_on"]) == {CLUSTER.trino_host, CLUSTER.clickhouse_host}


def test_superset_takes_the_password_of_clickhouse_as_it_connects(monkeypatch):
    for name in ("SUPERSET_SECRET_KEY", "HM_CLICKHOUSE_PASSWORD"):
        assert name in CONTAINERS["superset"]["environment"] and name in CONTAINERS["superset-init"]["environment"]
        monkeypatch.setenv(name, "s3cret")
    home = re.search(r"SUPERSET_HOME=(\S+)", SUPERSET_DOCKERFILE)[1]
    monkeypatch.setenv("SUPERSET_HOME", home)
    file = re.search(r"SUPERSET_CONFIG_PATH=(\S+)", SUPERSET_DOCKERFILE)[1]
    config = runpy.run_path(str(REPO / file.removeprefix(f"{IMAGE_ROOT}/")))
    assert f"superset:{home}" in CONTAINERS["superset"]["volumes"] and f"-o hm -g hm {home}\n" in SUPERSET_DOCKERFILE
    assert config["SQLALCHEMY_DATABASE_URI"].startswith(f"sqlite:///{home}/")
    for name, database in SUPERSET_DATABASES.items():
        uri, _ = config["DB_CONNECTION_MUTATOR"](make_url(database["sqlalchemy_uri"]), {}, None, None, None)
        given = uri.render_as_string(hide_password=False)
        assert (":s3cret@" in given) == (name == "clickhouse")
        assert given.replace(":s3cret@", "@") == database["sqlalchemy_uri"]


def test_superset_is_installed_from_its_lock_by_hashes():
    pins = dict(re.findall(r"^([\w\[\]-]+)==([\d.]+)", (REPO / "infra/docker/superset.in").read_text(), re.MULTILINE))
    locked = (REPO / "infra/docker/superset.lock").read_text()
    assert CONTAINERS["superset"]["image"] == f"hm-superset:{pins['apache-superset']}"
    for name, version in pins.items():
        name = name.partition("[")[0]
        assert re.search(rf"^{name}=={version} \\\n\s+--hash=sha256:", locked, re.MULTILINE), name
    ours = (REPO / "requirements.lock").read_text()
    assert all(re.search(rf"^{name}=={pins[pin]} ", ours, re.MULTILINE) for name, pin in DRIVERS.items())
    assert "--require-hashes -r /opt/superset.lock" in SUPERSET_DOCKERFILE
    assert not re.search(r"https?://", locked)


def test_data_is_in_named_volumes_whose_folders_belong_to_the_images_user():
    used: dict[str, set[str]] = {}
    for container in CONTAINERS.values():
        for source, target in (volume.split(":")[:2] for volume in container.get("volumes", [])):
            if not source.startswith("."):
                used.setdefault(source, set()).add(target)
    assert set(used) == set(COMPOSE["volumes"])
    owned = re.search(r"install -d -o hm -g hm (.*)", DOCKERFILE)[1].split()
    for container in ours().values():
        for source, target in (volume.split(":")[:2] for volume in container.get("volumes", [])):
            assert source.startswith(".") or target in owned, target
    assert used["namenode"] == used["datanode"] == used["nodemanager"] == {CLUSTER.data_dir}
    assert used["state"] == set(re.findall(r"HM_HOME=(\S+)", DOCKERFILE))
    assert used["airflow"] == set(re.findall(r"AIRFLOW_HOME=(\S+)", DOCKERFILE))


def test_jobs_and_airflow_work_on_the_same_state_and_files():
    shared = {volume for volume in CONTAINERS["jobs"]["volumes"] if volume.split(":")[0] in ("state", "raw")}
    assert len(shared) == 2 and shared <= set(CONTAINERS["airflow-scheduler"]["volumes"])


def test_the_image_has_the_parts_that_its_services_need():
    fetched = re.search(r"python -m infra\.local fetch (.*)", DOCKERFILE)[1].split()
    own = {runs(container) for container in ours().values()} - {None}
    nothing = Service.fetch
    assert {SERVICES[name].fetch for name in fetched} == {SERVICES[name].fetch for name in own} - {nothing}
    pom = (REPO / "infra/local/pom.xml").read_text()
    assert f"hadoop-{re.search('<hadoop.version>(.*)</hadoop.version>', pom)[1]}" == artifacts.HADOOP
    for source in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.*) \S+$", DOCKERFILE, re.MULTILINE):
        assert [part for part in source.split() if not (REPO / part).exists()] == []


def test_the_image_adds_only_the_driver_of_airflows_database_to_the_locked_environment():
    added = (REPO / "infra/docker/postgres.lock").read_text()
    locked = (REPO / "requirements.lock").read_text()
    pins = re.findall(r"^([\w-]+)==", added, re.MULTILINE)
    assert pins == ["psycopg", "psycopg-binary"]
    assert not [pin for pin in pins if re.search(rf"^{pin}==", locked, re.MULTILINE)]
    assert all(re.search(rf"^{pin}==\S+ \\\n\s+--hash=sha256:", added, re.MULTILINE) for pin in pins)
    assert "--require-hashes requirements.lock postgres.lock" in DOCKERFILE


def test_what_git_ignores_stays_out_of_the_image():
    lines = {line.strip("/") for line in (REPO / ".gitignore").read_text().split()}
    kept_out = {line.removeprefix("**/") for line in (REPO / ".dockerignore").read_text().splitlines()}
    assert ".env" in lines and lines <= kept_out, lines - kept_out
    assert ".git" in kept_out


def test_compose_itself_reads_the_file(tmp_path):
    try:
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("docker has no compose plugin on this machine")
    secrets = tmp_path / "env"
    secrets.write_text((REPO / ".env.example").read_text().replace("=\n", "=x\n"))
    command = ["docker", "compose", "--env-file", str(secrets), "-f", str(FILE), "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
