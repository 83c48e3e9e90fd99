"""ClickHouse's HTTP protocol, answered from chDB: what a machine without a clickhouse-server develops against.

Enough of the protocol for clickhouse-connect and curl, one user, no encryption: for development, and for commands that meet
`hm serve` on the same machine. The same client code talks to a real server, where HM_CLICKHOUSE_HOST names one.
"""

import base64
import gzip
import hmac
import queue
import re
import signal
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import chdb
import lz4.frame
import zstandard

from infra import locks
from infra.settings import Settings, get_settings

_DECODERS = {
    "": bytes,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}
_FORMAT = re.compile(r"\sFORMAT\s+(\w+)\s*;?\s*$", re.I)
_INSERT = re.compile(r"^\s*(INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)\s*$", re.I | re.S)
_CODE = re.compile(r"Code: (\d+)\.")


AT_ONCE = 8
"""Statements that run side by side; a point read then does not wait for a publication's insert."""
_REFUSED = b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)"


@dataclass
class _Lane:
    """A connection, and the database it stands in."""

    connection: Any
    database: str = ""

    def stand_in(self, database: str) -> None:
        if database != self.database:
            self.connection.query(f"use `{database.replace('`', '')}`")
            self.database = database


class Engine:
    """Connections to chDB, each for one statement at a time.

    Args:
        connect: opens a chDB connection; called once at first, then when one more is needed, at most `at_once` times.
    """

    def __init__(self, connect: Callable[[], Any], at_once: int = AT_ONCE):
        self._connect = connect
        self._free: queue.LifoQueue[_Lane | None] = queue.LifoQueue()
        self._at_once = at_once
        for _ in range(at_once - 1):
            self._free.put(None)
        # A store that does not open is known at once; and the engine, which ends with its last connection, stays up.
        self._free.put(_Lane(connect()))

    @contextmanager
    def _lane(self) -> Iterator[_Lane]:
        lane = self._free.get()
        try:
            lane = lane or _Lane(self._connect())
            yield lane
        finally:
            self._free.put(lane)

    def run(self, statement: str, body: bytes, given: dict[str, str]) -> tuple[bytes, str]:
        """The answer to a statement and its format; the body of an insert goes into its table."""
        with self._lane() as lane:
            lane.stand_in(given.get("database") or "default")
            if insert := _INSERT.match(statement):
                return _insert(lane.connection, *insert.groups(), body), ""
            found = _FORMAT.search(statement)
            form = found[1] if found else given.get("default_format", "TabSeparated")
            values = {name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")}
            return lane.connection.query(statement, form, params=values).bytes() or b"", form

    def close(self) -> None:
        """Let the running statements end, then close the connections."""
        for _ in range(self._at_once):
            if lane := self._free.get():
                lane.connection.close()


def _insert(connection: Any, into: str, form: str, body: bytes) -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        connection.query(f"{into} FROM INFILE '{file.name}' FORMAT {form}")
    return b""


class Handler(BaseHTTPRequestHandler):
    """GET /ping; a statement as ?query=, as the body, or as ?query= with its rows in the body."""

    engine: Engine
    password = ""
    protocol_version = "HTTP/1.1"
    # Head and body of an answer leave together: else the second waits 40 ms for the first one's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        given = self._given()
        if "query" in given:
            self._ask(given.pop("query"), b"", given)
        else:
            self._answer(b"Ok.\n")

    def do_POST(self) -> None:
        given, body = self._given(), self._body()
        statement = given.pop("query", None)
        if statement is None:
            # The statement is the body; of an insert only its first line, the rows come behind.
            first, _, rows = body.partition(b"\n")
            is_insert = _INSERT.match(first.decode(errors="replace"))
            statement, body = (first.decode(), rows) if is_insert else (body.decode(), b"")
        self._ask(statement, body, given)

    def _given(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlparse(self.path).query, keep_blank_values=True).items()}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(chunks)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return _DECODERS[self.headers.get("Content-Encoding") or ""](body)

    def _may_ask(self) -> bool:
        """Whether the password is right, where one is wanted: as ClickHouse's own header, or as Basic authentication."""
        said = self.headers.get("X-ClickHouse-Key")
        if said is None:
            basic = (self.headers.get("Authorization") or "").removeprefix("Basic ")
            said = base64.b64decode(basic + "==").decode(errors="replace").partition(":")[2]
        return not self.password or hmac.compare_digest(said.encode(), self.password.encode())

    def _ask(self, statement: str, body: bytes, given: dict[str, str]) -> None:
        if not self._may_ask():
            self._answer(_REFUSED, status=HTTPStatus.FORBIDDEN)
            return
        try:
            self._answer(*self.engine.run(statement, body, given))
        except Exception as error:  # whatever the engine says goes to who asked
            self._answer(str(error).encode(), status=HTTPStatus.INTERNAL_SERVER_ERROR)

    def _answer(self, body: bytes, form: str = "", status: int = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("X-ClickHouse-Timezone", "UTC")
        if form and body:
            self.send_header("X-ClickHouse-Format", form)
        if status != HTTPStatus.OK and (code := _CODE.search(body.decode(errors="replace"))):
            self.send_header("X-ClickHouse-Exception-Code", code[1])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """A line per request would only fill the log."""


def server(engine: Engine, host: str, port: int, password: str = "") -> ThreadingHTTPServer:
    """A server on a port of its own choice where `port` is 0; `serve_forever` answers, without a password anybody."""
    handler = type("BoundHandler", (Handler,), {"engine": engine, "password": password})
    front = ThreadingHTTPServer((host, port), handler)
    front.daemon_threads = True
    return front


def main(settings: Settings) -> None:
    """Hold the store and answer until SIGTERM."""
    settings.clickhouse_dir.mkdir(parents=True, exist_ok=True)
    with locks.serving(settings):
        engine = Engine(lambda: chdb.connect(str(settings.clickhouse_dir)))
        front = server(engine, settings.bind_host, settings.clickhouse_port)
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=front.shutdown).start())
        print(f"ClickHouse's HTTP protocol on {settings.bind_host}:{settings.clickhouse_port}", flush=True)
        front.serve_forever()
        front.server_close()
        engine.close()


if __name__ == "__main__":
    main(get_settings())
