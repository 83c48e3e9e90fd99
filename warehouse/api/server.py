"""`hm serve`: one process that answers over HTTP and, where the store is chDB, holds it and opens a door for others."""

import ipaddress
import logging
import signal
import socket
import sys
from contextlib import AbstractContextManager, nullcontext

import structlog
import uvicorn

from infra import locks
from infra.errors import UserError
from infra.settings import Settings
from warehouse.api.app import create_app
from warehouse.api.service import Service

KEEP_ALIVE_S = 30
DRAIN_S = 10
"""Seconds that requests at work have to end once the server is told to."""


class ServeError(UserError):
    """The API cannot be served as asked."""


def log_to_stderr() -> None:
    """A JSON line per event, on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def serve(settings: Settings) -> None:
    """Answer until SIGTERM or Ctrl-C; what is at work then is ended, and the spool is sent.

    Raises:
        ServeError: it would listen on other addresses than loopback without a key, or is served already.
        LockHeldError: another command held the store for longer than `HM_LOCK_TIMEOUT_S`.
    """
    if not settings.api_key and not _is_loopback(settings.bind_host):
        raise ServeError(
            f"HM_BIND_HOST={settings.bind_host} lets other machines ask for customers' lists; "
            f"set HM_API_KEY, or bind {locks.LOOPBACK}."
        )
    log_to_stderr()
    with _listening(settings) as listener, _door(settings), locks.spool(settings):
        app = create_app(settings, Service(settings))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=DRAIN_S,
        )
        structlog.get_logger("hm.api").info("serving", address=f"http://{settings.bind_host}:{settings.api_port}")
        # uvicorn sends itself the signal again when it has ended; then it must not end us before the store is let go.
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: None)
        uvicorn.Server(config).run(sockets=[listener])


def _listening(settings: Settings) -> socket.socket:
    """The socket, before anything is held: a port that is taken is known at once."""
    address = (settings.bind_host, settings.api_port)
    try:
        return socket.create_server(address, backlog=2_048)
    except OSError as error:
        raise ServeError(
            f"Nobody can listen on {address[0]}:{address[1]} ({error}); set HM_API_PORT to a free one."
        ) from error


def _door(settings: Settings) -> AbstractContextManager[None]:
    """Nothing where the store is a server: that has its own door, and chDB's 100 MB need not be there."""
    if settings.clickhouse_interface == "http":
        return nullcontext()
    from warehouse.api.door import door

    return door(settings)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
