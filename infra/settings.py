"""Where things run: one environment name, one frozen object.

`HM_ENV` selects `infra/env/<name>.env` over `infra/env/base.env`; a variable of the process environment overrides both.
Nobody outside `infra` knows a host, a port or a folder of the machine.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.errors import UserError

REPO = Path(__file__).resolve().parents[1]
ENV_DIR = REPO / "infra" / "env"


class SettingsError(UserError):
    """A setting is missing or makes no sense; the message is one sentence that says what to do."""


class Settings(BaseSettings):
    """Every setting of one environment, read once and never changed."""

    model_config = SettingsConfigDict(env_prefix="HM_", frozen=True, extra="ignore")

    env: str = "embedded"
    home: Path = REPO / ".hm"

    spark_master: str
    spark_driver_memory: str
    spark_driver_host: str
    spark_java_options: str
    spark_shuffle_partitions: int
    spark_executors: int
    spark_executor_cores: int
    spark_executor_memory: str
    spark_python: str
    threads: NonNegativeInt
    ranker_config: str
    max_per_product: NonNegativeInt
    diversity: float = Field(ge=0, le=1)
    storage: Literal["disk", "hdfs"]
    hdfs_host: str
    hdfs_port: int
    hdfs_uri: str
    hdfs_http_port: int
    hdfs_http_hosts: str
    hdfs_http_tls: bool
    hdfs_http_auth: Literal["simple", "kerberos"]
    hdfs_user: str
    hdfs_warehouse: str
    hdfs_libraries: str
    hadoop_conf_dir: str
    datanode_host: str
    datanode_port: int
    datanode_http_port: int
    datanode_ipc_port: int
    yarn_host: str
    yarn_port: int
    yarn_scheduler_port: int
    yarn_tracker_port: int
    yarn_admin_port: int
    yarn_http_port: int
    nodemanager_host: str
    nodemanager_port: int
    nodemanager_localizer_port: int
    nodemanager_http_port: int
    nodemanager_memory_mb: int
    yarn_dir: str
    metastore: Literal["derby", "thrift"]
    metastore_host: str
    metastore_port: int
    metastore_jdbc_url: str
    metastore_jdbc_driver: str
    metastore_jdbc_user: str
    metastore_jdbc_password: str = Field(repr=False)
    thrift_host: str
    thrift_port: int
    thrift_memory: str
    thrift_auth: Literal["NONE", "NOSASL", "LDAP", "KERBEROS"]
    thrift_user: str
    thrift_password: str = Field(repr=False)
    thrift_kerberos_service: str
    trino_host: str
    trino_port: int
    trino_user: str
    trino_password: str = Field(repr=False)
    trino_tls: bool
    trino_catalog: str
    clickhouse_interface: Literal["chdb", "http"]
    clickhouse_host: str
    clickhouse_port: int
    clickhouse_tls: bool
    clickhouse_user: str
    clickhouse_password: str = Field(repr=False)
    clickhouse_database: str
    experiments: str
    publication_rules: str
    api_host: str
    api_port: int
    api_key: str = Field(repr=False)
    api_rate: float = Field(ge=0)
    spool_max_mb: PositiveInt
    spool_sync_s: float = Field(ge=0)
    airflow_host: str
    airflow_port: int
    superset_port: int
    cache: Path
    trino_java_home: str
    require: str
    bind_host: str
    data_dir: str
    hdfs_replication: int
    metastore_create_schema: bool
    lock_timeout_s: float
    max_reject_share: float

    @property
    def n_threads(self) -> int:
        """Threads that train and score: as many as asked for, or one per core."""
        return self.threads or os.cpu_count() or 1

    @property
    def root(self) -> Path:
        """All state of this environment: `HM_HOME/<HM_ENV>`, absolute."""
        return Path(os.path.normpath(self.home.expanduser().absolute())) / self.env

    @property
    def file_system_uri(self) -> str:
        """The file system of the tables, before their absolute paths: `hdfs://host:port`, or nothing on a disk."""
        return "" if self.storage == "disk" else self.hdfs_uri or f"hdfs://{self.hdfs_host}:{self.hdfs_port}"

    @property
    def hadoop_conf(self) -> str:
        """Folder of Hadoop's client configuration: the cluster's own, or the project's."""
        return self.hadoop_conf_dir or str(REPO / "infra" / "hadoop")

    @property
    def webhdfs(self) -> list[tuple[str, int]]:
        """Host and port of everyone who answers WebHDFS; several where NameNodes stand by for each other."""
        named = [name.strip() for name in (self.hdfs_http_hosts or self.hdfs_host).split(",")]
        pairs = [name.partition(":") for name in named if name]
        return [(host, int(port or self.hdfs_http_port)) for host, _, port in pairs]

    @property
    def warehouse_dir(self) -> Path:
        """Where Hive keeps its tables, one folder per database; an absolute path of the environment's file system."""
        return self.root / "warehouse" if self.storage == "disk" else Path(self.hdfs_warehouse)

    @property
    def metastore_dir(self) -> Path:
        """Derby's database, opened by one process at a time (`infra.locks.metastore`)."""
        return self.root / "metastore_db"

    @property
    def data_root(self) -> Path:
        """Where the services keep their data."""
        return Path(self.data_dir) if self.data_dir else self.root

    @property
    def metastore_db_url(self) -> str:
        """The metastore's own database, for JDBC."""
        return self.metastore_jdbc_url or f"jdbc:derby:;databaseName={self.metastore_dir};create=true"

    @property
    def clickhouse_dir(self) -> Path:
        """chDB's store, opened by one process at a time (`infra.locks.serving`)."""
        return self.root / "clickhouse"

    @property
    def runs_dir(self) -> Path:
        """One folder per training run: model, parameters, feature list, metrics."""
        return self.root / "runs"

    @property
    def state_dir(self) -> Path:
        """Step stamps, the catalogue snapshot and the lock files."""
        return self.root / "state"

    @property
    def experiments_file(self) -> Path:
        """Where experiments are defined: the file that HM_EXPERIMENTS names, or experiments.yml in the state folder."""
        return Path(self.experiments).expanduser() if self.experiments else self.root / "experiments.yml"

    @property
    def spool_dir(self) -> Path:
        """Exposures and events on their way to ClickHouse, of one `hm serve` at a time (`infra.locks.spool`)."""
        return self.root / "spool"

    @property
    def publication_rules_file(self) -> Path:
        """Rules of publication: the file that HM_PUBLICATION_RULES names, or publication.yml in the state folder."""
        return Path(self.publication_rules).expanduser() if self.publication_rules else self.root / "publication.yml"

    @property
    def reports_dir(self) -> Path:
        """Readable reports: data quality, evaluation."""
        return self.root / "reports"

    def job_env(self) -> dict[str, str]:
        """The variables that Spark and dbt need to land in this very environment.

        No others: they stay in the process, and one that it starts for another environment must not inherit this one's.
        """
        user = {"HADOOP_USER_NAME": self.hdfs_user} if self.storage == "hdfs" else {}
        return user | {
            "HM_ENV": self.env,
            "HM_HOME": str(self.root.parent),
            "HM_WAREHOUSE_DIR": f"{self.file_system_uri}{self.warehouse_dir}",
            "HM_METASTORE_DIR": str(self.metastore_dir),
            "HM_STATE_DIR": str(self.state_dir),
            "HM_SPARK_MASTER": self.spark_master,
            "HM_SPARK_DRIVER_MEMORY": self.spark_driver_memory,
            "HM_SPARK_DRIVER_HOST": self.spark_driver_host,
            "HM_SPARK_JAVA_OPTIONS": self.spark_java_options,
            "HM_SPARK_SHUFFLE_PARTITIONS": str(self.spark_shuffle_partitions),
            "HM_THRIFT_HOST": self.thrift_host,
            "HM_THRIFT_PORT": str(self.thrift_port),
            "HM_THRIFT_AUTH": self.thrift_auth,
            "HM_THRIFT_USER": self.thrift_user,
            "HM_THRIFT_PASSWORD": self.thrift_password,
            "HM_THRIFT_KERBEROS_SERVICE": self.thrift_kerberos_service,
        }

    def service_env(self) -> dict[str, str]:
        """Every setting as a variable, and what follows from them: what the services' configuration files ask for."""
        fields = {f"HM_{name.upper()}": str(value) for name, value in self.model_dump().items()}
        return (
            fields
            | self.job_env()
            | {
                "HM_CACHE": str(self.cache.expanduser().absolute()),
                "HM_HDFS_URI": self.file_system_uri,
                "HM_HADOOP_CONF_DIR": self.hadoop_conf,
                "HM_DATA_DIR": str(self.data_root),
                "HM_YARN_DIR": self.yarn_dir or str(self.data_root / "yarn"),
                "HM_METASTORE_JDBC_URL": self.metastore_db_url,
                "HM_METASTORE_CREATE_SCHEMA": str(self.metastore_create_schema).lower(),
            }
        )


@lru_cache
def get_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: `HM_ENV` names no file of infra/env, or a value does not parse.
    """
    env = os.environ.get("HM_ENV", "embedded")
    overlay = ENV_DIR / f"{env}.env"
    if env == "base" or not overlay.is_file():
        known = ", ".join(sorted(p.stem for p in ENV_DIR.glob("*.env") if p.stem != "base"))
        raise SettingsError(f"HM_ENV={env} is not an environment of this project; use one of: {known}.")
    try:
        return Settings(_env_file=(ENV_DIR / "base.env", overlay), env=env)
    except ValidationError as error:
        faults = "; ".join(f"HM_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"Bad setting in {overlay.name} or the environment: {faults}.") from error
