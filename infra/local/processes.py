"""Starting a service and stopping it by the process that was started, never by a name."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.errors import UserError
from infra.local.service import Service
from infra.settings import Settings

LOG_KEPT_BYTES = 20 << 20
"""A log larger than this is moved aside (to `.1`) when its service starts again."""


class PortTakenError(UserError):
    """Somebody else listens on a port of the stack; the message says who, and which setting moves us."""


@dataclass(frozen=True)
class Processes:
    """The processes of one environment's stack, known by their notes below `run/`."""

    settings: Settings

    def log(self, service: Service) -> Path:
        return self.settings.root / "log" / f"{service.name}.log"

    def _note(self, service: Service) -> Path:
        return self.settings.root / "run" / f"{service.name}.json"

    def running(self, service: Service) -> psutil.Process | None:
        """The process that was started, while it lives; its birth is compared, since numbers are given out again."""
        try:
            noted = json.loads(self._note(service).read_text())
            process = psutil.Process(noted["pid"])
            same = abs(process.create_time() - noted["born"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
            return process if same else None
        except (OSError, ValueError, KeyError, psutil.Error):
            return None

    def check_ports(self, service: Service) -> None:
        """
        Raises:
            PortTakenError: a port of a service that is to start has a listener.
        """
        wanted = {port: name for name, port in service.ports(self.settings).items()}
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port in wanted:
                port = connection.laddr.port
                raise PortTakenError(
                    f"Port {port}, which {service.title} needs, is taken by {_owner(connection.pid)}; "
                    f"stop it, or set {wanted[port]} to another port."
                )

    def start(self, service: Service) -> psutil.Process:
        """Start a service with its output going to its log."""
        self.check_ports(service)
        log, env = self.log(service), os.environ | self.settings.service_env() | service.env(self.settings)
        for folder in (log.parent, self._note(service).parent, self.settings.state_dir):
            folder.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
            os.replace(log, f"{log}.1")
        if once := service.prepare(self.settings):
            with log.open("ab") as output:
                subprocess.run(once, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True)
        with log.open("ab") as output:
            started = subprocess.Popen(
                service.command(self.settings),
                env=env,
                cwd=self.settings.root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        process = psutil.Process(started.pid)
        self._note(service).write_text(json.dumps({"pid": process.pid, "born": process.create_time()}))
        return process

    def stop(self, service: Service) -> bool:
        """Ask a service to end, and make it where it does not; returns whether it was running."""
        process = self.running(service)
        if process is not None:
            family = [process, *process.children(recursive=True)]
            process.send_signal(signal.SIGTERM)
            _, left = psutil.wait_procs(family, timeout=service.stop_s)
            for survivor in left:
                survivor.kill()
            psutil.wait_procs(left, timeout=10)
        self._note(service).unlink(missing_ok=True)
        return process is not None

    def last_lines(self, service: Service, n: int = 15) -> list[str]:
        """The end of a service's log."""
        try:
            return self.log(service).read_text(errors="replace").splitlines()[-n:]
        except FileNotFoundError:
            return []


def _owner(pid: int | None) -> str:
    try:
        process = psutil.Process(pid)
        return f"process {pid} ({' '.join(process.cmdline())[:80] or process.name()})"
    except (psutil.Error, TypeError):
        return "a process of another user"
