"""`python -m infra.local`: what `make up`, `down`, `status`, `logs` and `wipe` run, and what containers start from."""

import json
import logging
import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.errors import UserError
from infra.local import airflow
from infra.local.service import Service
from infra.local.services import SERVICES
from infra.local.stack import Stack
from infra.settings import get_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The real stack as plain processes on this machine: HDFS, Hive Metastore, Spark Thrift Server, Trino, ClickHouse.",
)
Extra = Annotated[list[str] | None, typer.Option("--with", help="A service that is not started by default (repeatable).")]


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@app.command()
def up(extra: Extra = None) -> None:
    """Fetch what is missing, start everything, wait until each part answers. Safe to run twice."""
    Stack(get_settings(), tuple(extra or ())).up(say)


@app.command()
def down() -> None:
    """Stop everything; data stays."""
    Stack(get_settings()).down(say)


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """What runs, where, with how much memory; exit code 1 where a part that was started does not answer."""
    found = Stack(get_settings()).status()
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        table = Table("service", "process", "ports", "memory", "ready")
        for entry in found:
            memory = f"{entry['MiB']} MiB" if entry["MiB"] else ""
            ports = ", ".join(map(str, entry["ports"]))
            table.add_row(entry["title"], str(entry["process"] or ""), ports, memory, entry["why_not"] or "yes")
        Console().print(table)
    if any(entry["process"] and entry["why_not"] for entry in found):
        raise typer.Exit(1)


@app.command()
def logs(
    name: Annotated[str, typer.Argument(help="Service (see `status --json`); none = all.")] = "", lines: int = 30
) -> None:
    """The end of the services' logs."""
    processes = Stack(get_settings()).processes
    for service in SERVICES:
        if name in ("", service.name) and (last := processes.last_lines(service, lines)):
            print(f"== {service.title}: {processes.log(service)}", *last, sep="\n")


@app.command()
def wipe(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop everything and remove its data."""
    stack = Stack(get_settings())
    if not yes:
        typer.confirm(f"Remove {stack.settings.root} with all its tables?", abort=True)
    stack.wipe(say)


@app.command()
def fetch(names: list[str]) -> None:
    """Have the parts of services in HM_CACHE and start nothing: how an image gets them."""
    for name in names:
        _service(name).fetch(get_settings(), say)


@app.command()
def ready(name: str) -> None:
    """Ask one service its question; exit code 1 and the reason where it does not answer: a container's health check."""
    if why := Stack(get_settings()).why_not_ready(_service(name)):
        say(f"{name}: {why}")
        raise typer.Exit(1)


@app.command()
def run(name: str) -> None:
    """Become one service, in the foreground: how a container starts it."""
    settings, service = get_settings(), _service(name)
    os.environ.update(settings.service_env() | service.env(settings))
    if once := service.prepare(settings):
        code = os.spawnvp(os.P_WAIT, once[0], once)
        if code:
            raise UserError(f"Preparing {service.title} failed with exit code {code}.")
    command = service.command(settings)
    os.execvp(command[0], command)


@app.command("airflow", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def airflow_command(context: typer.Context) -> None:
    """Airflow's own command line on this environment's Airflow, say `airflow dags list`."""
    settings = get_settings()
    os.environ.update(settings.service_env() | airflow.environment(settings))
    os.execv(airflow.SCRIPT, [airflow.SCRIPT, *context.args])


def _service(name: str) -> Service:
    for service in SERVICES:
        if service.name == name:
            return service
    raise UserError(f"{name} is no service; use one of: {', '.join(service.name for service in SERVICES)}.")


def main() -> None:
    # Thrift's clients log every refused connection; who waits for a service is told once, at the end.
    logging.getLogger("thrift").setLevel(logging.CRITICAL)
    try:
        app()
    except UserError as error:
        say(f"infra.local: {error}")
        sys.exit(2)


if __name__ == "__main__":
    main()
