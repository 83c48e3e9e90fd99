"""Opening the serving store: our lock where the store is chDB, a client, the tables.

A ClickHouse server has many guests and no lock. chDB lets one process at a time open a store, and one store at a time be
open in a process: the process-wide lock keeps other commands waiting in an orderly way, and inside the process every caller
gets a client of its own on the same engine, so threads may call `open_store` too. Where `hm serve` holds the store, the
client speaks ClickHouse's HTTP protocol to its door instead, and nobody waits.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra import locks
from infra.settings import Settings
from warehouse.serving.errors import StoreError

DDL_DIR = Path(__file__).parent / "ddl"
VIEW_DIR = Path(__file__).parent / "views"

DATA_TABLES = (
    "recommendations",
    "customers",
    "articles",
    "popular_articles",
    "similar_articles",
    "complementary_articles",
    "article_map",
    "policy_lists",
)
"""Tables with one partition per run. `recommendations` comes first: a run can be served while its partition is there."""

DOOR_USER = "hm"

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


class _ProcessHold:
    """The store's lock, held once for all the users inside this process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._users = 0
        self._stack = ExitStack()

    @contextmanager
    def joined(self, settings: Settings) -> Iterator[locks.Door | None]:
        """The hold (None), or the door of another process that has it."""
        with self._guard:
            if not self._users and (door := self._stack.enter_context(locks.serving_or_door(settings))):
                self._stack.close()
            else:
                door = None
                self._users += 1
        if door:
            yield door
            return
        try:
            yield None
        finally:
            with self._guard:
                self._users -= 1
                if not self._users:
                    self._stack.close()


_HOLDS: defaultdict[Path, _ProcessHold] = defaultdict(_ProcessHold)


@contextmanager
def open_store(settings: Settings, *, max_threads: int = 0) -> Iterator[Client]:
    """A client on the serving store, with its tables there. One client per thread.

    Args:
        max_threads: threads of each of its statements; 0: as the store sees fit.

    Raises:
        LockHeldError: another command kept the store for longer than `HM_LOCK_TIMEOUT_S`.
        StoreError: the engine does not open it.
    """
    is_embedded = settings.clickhouse_interface == "chdb"
    with _HOLDS[settings.clickhouse_dir].joined(settings) if is_embedded else nullcontext() as door:
        client = _connect_to_door(settings, door) if door else _connect(settings)
        try:
            apply_ddl(client, settings.clickhouse_database)
            if max_threads:
                client.set_client_setting("max_threads", max_threads)
            yield client
        finally:
            client.close()


def _connect(settings: Settings) -> Client:
    if settings.clickhouse_interface == "http":
        return _connect_to_server(settings)
    settings.clickhouse_dir.mkdir(parents=True, exist_ok=True)
    try:
        return clickhouse_connect.get_client(interface="chdb", path=str(settings.clickhouse_dir))
    except ClickHouseError as error:
        raise StoreError(
            f"The serving store {settings.clickhouse_dir} does not open ({str(error).splitlines()[0]}); "
            "where nothing else holds it, remove the folder and publish again."
        ) from error


def _connect_to_door(settings: Settings, door: locks.Door) -> Client:
    try:
        return clickhouse_connect.get_client(
            host=door.host, port=door.port, username=DOOR_USER, password=door.password, autogenerate_session_id=False
        )
    except ClickHouseError as error:
        raise StoreError(
            f"`hm serve`, which holds the serving store {settings.clickhouse_dir}, does not answer at its door "
            f"{door.host}:{door.port} ({str(error).splitlines()[0]}); run the command again, or start `hm serve` anew."
        ) from error


def _connect_to_server(settings: Settings) -> Client:
    address = f"{settings.clickhouse_host}:{settings.clickhouse_port}"
    try:
        return clickhouse_connect.get_client(
            host=settings.clickhouse_host,
            port=settings.clickhouse_port,
            secure=settings.clickhouse_tls,
            username=settings.clickhouse_user,
            password=settings.clickhouse_password,
            # One client per thread and command: a session would only forbid what it never does.
            autogenerate_session_id=False,
        )
    except ClickHouseError as error:
        raise StoreError(
            f"ClickHouse does not answer at {address} as {settings.clickhouse_user} ({str(error).splitlines()[0]}); "
            "start it with `make up`, or set HM_CLICKHOUSE_HOST, _PORT, _USER and _PASSWORD."
        ) from error


def apply_ddl(client: Client, database: str) -> None:
    """Create the database and every table of ddl/ that is not there, the views of views/ as the code has them, and make the
    database the client's own."""
    client.command("create database if not exists {database:Identifier}", parameters={"database": database})
    client.database = database
    place = _place(client)
    if place in _MADE and _made_names() <= _names(client):
        return
    for statement in (*ddl_statements(), *view_statements()):
        client.command(statement)
    _MADE.add(place)


_MADE: set[tuple[str, str]] = set()
"""Stores whose tables and views this process has made: they are those of its code, and making thirty takes longer than a
lookup."""


def _place(client: Client) -> tuple[str, str]:
    # chDB has no id of its own, a server no path that tells it from others.
    where = "select concat(toString(serverUUID()), ' ', path) from system.disks where name = 'default'"
    return str(client.command(where)), client.database


def _names(client: Client) -> set[str]:
    found = "select name from system.tables where database = {database:String}"
    return {name for (name,) in client.query(found, parameters={"database": client.database}).result_rows}


@cache
def _made_names() -> frozenset[str]:
    return frozenset(file.stem for folder in (DDL_DIR, VIEW_DIR) for file in folder.glob("*.sql"))


@cache
def ddl_statements() -> tuple[str, ...]:
    """The statements of ddl/*.sql, one per file, without comments; each may be run again and changes nothing then."""
    return tuple(_statement(file) for file in sorted(DDL_DIR.glob("*.sql")))


@cache
def view_statements() -> tuple[str, ...]:
    """The statements of views/*.sql, a view after those it reads; each replaces the view, so readers have the newest."""
    found = {file.stem: _statement(file) for file in sorted(VIEW_DIR.glob("*.sql"))}
    reads = {name: {other for other in found if re.search(rf"\b{other}\b", sql)} - {name} for name, sql in found.items()}
    return tuple(found[name] for name in TopologicalSorter(reads).static_order())


def _statement(file: Path) -> str:
    return _COMMENT.sub("", file.read_text()).strip()
