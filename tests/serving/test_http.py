"""The same code over ClickHouse's HTTP protocol, with the stock client of a server.

No clickhouse-server can be had here, so a small front answers the protocol from the chDB of this process: what it proves is
that publication and lookup use nothing that only the embedded client has.
"""

import re
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import clickhouse_connect
import pytest
from small_warehouse import ARTICLES, customer

from warehouse.serving import store as store_module
from warehouse.serving.lookup import lookup
from warehouse.serving.runs import partitions, rollback, runs
from warehouse.serving.similar import similar
from warehouse.serving.status import status

_FORMAT = re.compile(rb"\sFORMAT\s+(\w+)\s*$", re.I)
_INSERT = re.compile(rb"^\s*(INSERT INTO [^\n]*?)\s+FORMAT\s+(\w+)\s*$", re.I)


class Front(BaseHTTPRequestHandler):
    """Enough of ClickHouse's HTTP interface for one clickhouse-connect client without compression."""

    engine = None  # a raw chDB connection
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"Ok.\n")

    def do_POST(self) -> None:
        given = {name: values[0] for name, values in parse_qs(urlparse(self.path).query).items()}
        query, body = given.pop("query", "").encode(), self._body()
        if not query:
            # The statement is the body; of an insert only its first line.
            query, _, body = body.partition(b"\n") if body[:6].upper() == b"INSERT" else (body, b"", b"")
        try:
            self._answer(*self._run(query, body, given))
        except Exception as error:
            self._answer(str(error).encode(), status=500)

    def _run(self, query: bytes, body: bytes, given: dict[str, str]) -> tuple[bytes, str]:
        if "database" in given:
            self.engine.query(f"use {given['database']}")
        if insert := _INSERT.match(query):
            with tempfile.NamedTemporaryFile() as file:
                file.write(body)
                file.flush()
                into, form = (part.decode() for part in insert.groups())
                self.engine.query(f"{into} FROM INFILE '{file.name}' FORMAT {form}")
            return b"", ""
        form = (found[1].decode() if (found := _FORMAT.search(query)) else None) or given.get(
            "default_format", "TabSeparated"
        )
        parameters = {name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")}
        return self.engine.query(query.decode(), form, params=parameters).bytes() or b"", form

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, body: bytes, form: str = "", status: int = 200) -> None:
        self.send_response(status)
        if form and body:
            self.send_header("X-ClickHouse-Format", form)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """No lines on standard error."""


@pytest.fixture
def over_http(store, monkeypatch):
    """From here on `open_store` gives clients that speak HTTP to the same tables."""
    monkeypatch.setattr(Front, "engine", store._backend._handle.conn)
    front = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    threading.Thread(target=front.serve_forever, daemon=True).start()

    def connect(_settings):
        return clickhouse_connect.get_client(host="127.0.0.1", port=front.server_port, compress=False)

    monkeypatch.setattr(store_module, "_connect", connect)
    yield
    front.shutdown()
    front.server_close()


def test_publication_lookup_rollback_and_pruning_work_over_http(settings, over_http, warehouse, publish_it):
    for marker in "abc":
        warehouse.fill(marker)
        publish_it(keep=1)
    with store_module.open_store(settings) as client:
        assert type(client).__name__ == "HttpClient"
        assert lookup(client, customer(0)).articles[0].reason == "reason c"
        assert lookup(client, customer(5)).answered_by == "segment"
        assert [a.article_id for a in similar(client, ARTICLES[0]).complementary] == [ARTICLES[2], ARTICLES[1]]
        assert rollback(client).run == 2
        assert partitions(client)["recommendations"] == {2, 3}
        assert runs(client)[0].landed == [("transactions_train.csv.gz", "00ff")]
        assert status(client).served.run == 2
