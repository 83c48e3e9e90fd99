"""Where things run: one environment name, one frozen object.

`HM_ENV` selects `infra/env/<name>.env` over `infra/env/base.env`; a variable of the process environment overrides both.
Nobody outside `infra` knows a host, a port or a folder of the machine.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import NonNegativeInt, ValidationError
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
    spark_java_options: str
    spark_shuffle_partitions: int
    threads: NonNegativeInt
    metastore: Literal["derby"]
    clickhouse_interface: Literal["chdb", "http"]
    clickhouse_database: str
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
    def warehouse_dir(self) -> Path:
        """Where Hive keeps its tables: one folder per database."""
        return self.root / "warehouse"

    @property
    def metastore_dir(self) -> Path:
        """Derby's database, opened by one process at a time (`infra.locks.metastore`)."""
        return self.root / "metastore_db"

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
    def reports_dir(self) -> Path:
        """Readable reports: data quality, evaluation."""
        return self.root / "reports"

    def child_env(self) -> dict[str, str]:
        """The variables a child process (dbt, Spark) needs to land in this very environment."""
        return {
            "HM_ENV": self.env,
            "HM_HOME": str(self.root.parent),
            "HM_WAREHOUSE_DIR": str(self.warehouse_dir),
            "HM_METASTORE_DIR": str(self.metastore_dir),
            "HM_SPARK_MASTER": self.spark_master,
            "HM_SPARK_DRIVER_MEMORY": self.spark_driver_memory,
            "HM_SPARK_JAVA_OPTIONS": self.spark_java_options,
            "HM_SPARK_SHUFFLE_PARTITIONS": str(self.spark_shuffle_partitions),
        }


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
