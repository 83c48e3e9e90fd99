"""The door of who holds chDB's store: ClickHouse's HTTP protocol on loopback; the lock's note tells port and password."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import chdb

from infra import locks
from infra.errors import UserError
from infra.local.clickhouse_http import Engine, server
from infra.settings import Settings
from warehouse.serving.store import open_store


class HeldError(UserError):
    """Another process has the store and answers others already."""


@contextmanager
def door(settings: Settings) -> Iterator[None]:
    """Hold chDB's store and answer other commands, which find port and password in the lock's note."""
    if found := locks.door(settings):
        raise HeldError(
            f"{locks.serving_holder(settings)} holds this store already (its door is port {found.port}); stop it first, "
            "and start `hm serve` before `make dashboards`, which then asks it."
        )
    with open_store(settings):
        password, path = secrets.token_urlsafe(24), str(settings.clickhouse_dir)
        engine = Engine(lambda: chdb.connect(path))
        front = server(engine, locks.LOOPBACK, 0, password)
        threading.Thread(target=front.serve_forever, name="door", daemon=True).start()
        locks.open_door(settings, locks.Door(front.server_port, password))
        try:
            yield
        finally:
            front.shutdown()
            front.server_close()
            engine.close()
