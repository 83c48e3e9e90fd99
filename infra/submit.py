"""`python -m infra.submit run land FOLDER`: an `hm` command as an application of the YARN cluster, by spark-submit.

In client mode the driver is a process here, which `HM_SPARK_MASTER=yarn hm ...` does as well; in cluster mode it is a
container, and HM_HOME must be a folder that it and later commands share.
"""

import os
import sys
from typing import Annotated, Literal

import typer

from infra.errors import UserError
from infra.java import spark_home
from infra.reach import refused
from infra.settings import REPO, Settings, SettingsError, get_settings
from infra.spark import launch_env, spark_conf
from infra.yarn import put_archive

DRIVER_ADDRESS = ("spark.driver.host", "spark.driver.bindAddress")

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def submit_command(settings: Settings, deploy_mode: str, words: list[str]) -> list[str]:
    """spark-submit's command line for an `hm` command.

    Raises:
        SettingsError: the environment's Spark is not on YARN.
    """
    if settings.spark_master != "yarn":
        raise SettingsError(f"HM_SPARK_MASTER={settings.spark_master} is no cluster to submit to; set HM_SPARK_MASTER=yarn.")
    conf = spark_conf(settings)
    if deploy_mode == "cluster":
        # The node that will run the driver is not known here.
        conf = {key: value for key, value in conf.items() if key not in DRIVER_ADDRESS}
    options = [part for key, value in conf.items() for part in ("--conf", f"{key}={value}")]
    name = ["--name", f"hm {words[0]}", "--deploy-mode", deploy_mode]
    program = REPO / "hm" / ("driver.py" if deploy_mode == "cluster" else "cli.py")
    return [str(spark_home() / "bin" / "spark-submit"), *name, *options, str(program), *words]


@app.command()
def jars() -> None:
    """Have Spark's jars in HDFS, once for all applications; `run` and every driver see to it themselves."""
    put_archive(get_settings())


@app.command(context_settings={"ignore_unknown_options": True})
def run(
    words: Annotated[list[str], typer.Argument(help="The command and its options: land FOLDER")],
    deploy_mode: Annotated[Literal["client", "cluster"], typer.Option(help="Where the driver runs.")] = "cluster",
) -> None:
    """Run an `hm` command as an application of the YARN cluster; the exit code is spark-submit's."""
    settings = get_settings()
    command = submit_command(settings, deploy_mode, words)
    put_archive(settings)
    os.execve(command[0], command, os.environ | launch_env(settings))


def main() -> None:
    try:
        app()
    except UserError as error:
        print(f"infra.submit: {error}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if (why := refused(error)) is None:
            raise
        print(f"infra.submit: {why}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
