"""The stack as a whole: up in the right order, down in the opposite one, safe to ask for twice."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from infra.errors import MissingPartError, UserError
from infra.local.processes import Processes
from infra.local.service import Service
from infra.local.services import NOT_YET, SERVICES
from infra.settings import Settings, SettingsError

READY_S = 180
"""Longest wait for one service: ten times what the slowest takes on two cores."""

YARN = ("resourcemanager", "nodemanager")

Progress = Callable[[str], None]


class StackError(UserError):
    """A service did not come up; the message ends with the last lines of its log."""


class Stack:
    """The services of one environment.

    Args:
        extra: services beside the core ones, by name.
    """

    def __init__(self, settings: Settings, extra: tuple[str, ...] = ()):
        if settings.metastore != "thrift" or settings.storage != "hdfs":
            raise SettingsError(f"HM_ENV={settings.env} has no daemons; use HM_ENV=local.")
        self.settings = settings
        self.processes = Processes(settings)
        if settings.spark_master == "yarn":
            extra = (*extra, *YARN)
        self.services = [service for service in SERVICES if service.is_core or service.name in extra]

    def up(self, progress: Progress) -> None:
        """Fetch what is missing, start what does not run, wait until each answers.

        Raises:
            PortTakenError: somebody else has a port.
            MissingPartError: a part that HM_REQUIRE names cannot be had.
            StackError: a service ended or never became ready.
        """
        required = {name.strip() for name in self.settings.require.split(",") if name.strip()}
        for service in self.services:
            if self.processes.running(service):
                progress(f"{service.title}: runs already")
                self._wait(service, progress)
                continue
            try:
                service.fetch(self.settings, progress)
                service.command(self.settings)
            except MissingPartError as error:
                if service.name in required:
                    raise
                progress(f"{service.title}: skipped. {error}")
                continue
            begun = time.monotonic()
            process = self.processes.start(service)
            self._wait(service, progress)
            ports = ", ".join(str(port) for port in service.ports(self.settings).values())
            progress(
                f"{service.title}: ready in {time.monotonic() - begun:.0f} s, process {process.pid}, "
                f"{f'port {ports}, ' if ports else ''}{process.memory_info().rss >> 20} MiB"
            )

    def _wait(self, service: Service, progress: Progress) -> None:
        """Wait until a service answers its question."""
        deadline, why = time.monotonic() + READY_S, "it does not answer"
        while time.monotonic() < deadline:
            if self.processes.running(service) is None:
                why = "it ended"
                break
            why = self.why_not_ready(service)
            if why is None:
                return
            time.sleep(0.5)
        lines = "\n  ".join(self.processes.last_lines(service))
        raise StackError(f"{service.title} is not ready: {why}. The end of {self.processes.log(service)}:\n  {lines}")

    def why_not_ready(self, service: Service) -> str | None:
        """None where a service answers, else what is missing."""
        try:
            return service.why_not_ready(self.settings)
        except NOT_YET as error:
            return f"it does not answer ({str(error).splitlines()[0] if str(error) else type(error).__name__})"

    def down(self, progress: Progress) -> None:
        """Stop what runs, the last one first; data stays."""
        for service in reversed(SERVICES):
            begun = time.monotonic()
            if self.processes.stop(service):
                progress(f"{service.title}: stopped in {time.monotonic() - begun:.0f} s")

    def status(self) -> list[dict]:
        """One entry per service: name, title, process, ports, MiB of memory, and why it is not ready (None = it is)."""
        found = []
        for service in SERVICES:
            process = self.processes.running(service)
            why = self.why_not_ready(service) if process else "not running"
            memory = None
            with suppress(psutil.Error, AttributeError):
                memory = process.memory_info().rss >> 20
            ports = list(service.ports(self.settings).values())
            pid = process.pid if process else None
            found.append(
                {
                    "service": service.name,
                    "title": service.title,
                    "process": pid,
                    "ports": ports,
                    "MiB": memory,
                    "why_not": why,
                }
            )
        return found

    def wipe(self, progress: Progress) -> None:
        """Stop everything and remove this environment's data: HDFS, metastore, ClickHouse, state, logs."""
        self.down(progress)
        shutil.rmtree(self.settings.root, ignore_errors=True)
        progress(f"{self.settings.root} removed")
