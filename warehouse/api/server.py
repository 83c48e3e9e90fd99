"""`hm serve`: one process that answers over HTTP and, where the store is chDB, holds it and opens a door for others."""

import ipaddress
import logging
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import chdb
import structlog
import uvicorn

from infra import locks
from infra.errors import UserError
from infra.local.clickhouse_http import Engine
from infra.local.clickhouse_http import server as clickhouse_front
from infra.settings import Settings
from warehouse.api.app import create_app
from warehouse.api.service import Service
from warehouse.serving.store import DOOR_USER, open_store

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


@contextmanager
def door(settings: Settings) -> Iterator[None]:
    """Hold chDB's store and answer other commands, which find port and password in the lock's note."""
    if found := locks.door(settings):
        raise ServeError(f"`hm serve` holds this store already (its door is port {found.port}); stop it first.")
    with open_store(settings):
        password, path = secrets.token_urlsafe(24), str(settings.clickhouse_dir)
        engine = Engine(lambda: chdb.connect(path))
        front = clickhouse_front(engine, "127.0.0.1", 0, password)
        threading.Thread(target=front.serve_forever, name=f"door-{DOOR_USER}", daemon=True).start()
        locks.open_door(settings, locks.Door(front.server_port, password))
        try:
            yield
        finally:
            front.shutdown()
            front.server_close()
            engine.close()


def serve(settings: Settings) -> None:
    """Answer until SIGTERM or Ctrl-C; what is at work then is ended, and the spool is sent.

    Raises:
        ServeError: it would listen on other addresses than loopback without a key, or is served already.
        LockHeldError: another command held the store for longer than `HM_LOCK_TIMEOUT_S`.
    """
    if not settings.api_key and not _is_loopback(settings.bind_host):
        raise ServeError(
            f"HM_BIND_HOST={settings.bind_host} lets other machines ask for customers' lists; "
            "set HM_API_KEY, or bind 127.0.0.1."
        )
    log_to_stderr()
    is_embedded = settings.clickhouse_interface == "chdb"
    with locks.spool(settings), door(settings) if is_embedded else nullcontext():
        app = create_app(settings, Service(settings))
        config = uvicorn.Config(
            app,
            host=settings.bind_host,
            port=settings.api_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=DRAIN_S,
        )
        structlog.get_logger("hm.api").info("serving", address=f"http://{settings.bind_host}:{settings.api_port}")
        uvicorn.Server(config).run()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
