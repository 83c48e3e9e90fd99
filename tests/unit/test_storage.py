"""HDFS over HTTP: who is asked, as whom, and what is said where nobody answers."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlparse

import pytest
from pyarrow import fs

from infra import storage
from infra.settings import get_settings
from infra.webhdfs import NameNodes, RefusedError

STANDBY = {
    "RemoteException": {
        "exception": "StandbyException",
        "javaClassName": "org.apache.hadoop.ipc.StandbyException",
        "message": "Operation category READ is not supported in state standby. Visit https://s.apache.org/sbnn-error",
    }
}
DENIED = {"RemoteException": {"exception": "RetriableException", "message": "NameNode still not started"}}
SAFE_MODE = {
    "RemoteException": {
        "exception": "SafeModeException",
        "message": "Cannot create file/w. Name node is in safe mode.\nIt was turned on manually.",
    }
}
FOLDER = {"FileStatus": {"type": "DIRECTORY", "length": 0, "modificationTime": 1500, "pathSuffix": ""}}


class NameNode:
    """Answers GETFILESTATUS as a NameNode does; `answer` may be changed while it runs."""

    def __init__(self, answer: dict):
        self.answer, self.asked = answer, []
        node = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlparse(self.path)
                node.asked.append((url.path, parse_qs(url.query)))
                body = json.dumps(node.answer).encode()
                self.send_response(403 if "RemoteException" in node.answer else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def pair():
    nodes = NameNode(STANDBY), NameNode(FOLDER)
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
def environment(monkeypatch):
    """Settings of the real stack with some of one's own."""

    def of(**given: object):
        monkeypatch.setenv("HM_ENV", "local")
        for name, value in given.items():
            monkeypatch.setenv(f"HM_{name.upper()}", str(value))
        get_settings.cache_clear()
        storage._hdfs.cache_clear()
        return get_settings()

    yield of
    get_settings.cache_clear()
    storage._hdfs.cache_clear()


def test_the_namenode_that_is_active_answers_also_after_the_two_changed_places(pair, environment):
    first, second = pair
    system = storage.file_system(environment(hdfs_http_hosts=f"{first.address}, {second.address}", hdfs_user="ada"))
    assert system.get_file_info("/w").type == fs.FileType.Directory
    path, given = second.asked[-1]
    assert path == "/webhdfs/v1/w" and given["user.name"] == ["ada"]
    first.answer, second.answer = FOLDER, STANDBY
    before = len(first.asked)
    assert system.get_file_info("/w").mtime.timestamp() == 1.5
    assert len(first.asked) == before + 1


def test_a_namenode_that_is_gone_is_passed_over(pair, environment):
    first, second = pair
    first.stop()
    system = storage.file_system(environment(hdfs_http_hosts=f"{first.address},{second.address}"))
    assert system.get_file_info("/").type == fs.FileType.Directory


def test_two_that_stand_by_are_asked_once_each_and_named(pair, environment):
    first, second = pair
    second.answer = STANDBY
    with pytest.raises(storage.StorageError, match=f"at {first.address} or {second.address} "):
        storage.file_system(environment(hdfs_http_hosts=f"{first.address},{second.address}"))
    assert len(first.asked) == len(second.asked) == 1


def test_another_refusal_is_nobodys_standing_by(pair, environment):
    first, second = pair
    first.answer = DENIED
    with pytest.raises(storage.StorageError, match="does not answer"):
        storage.file_system(environment(hdfs_http_hosts=f"{first.address},{second.address}"))
    assert not second.asked


def test_what_hdfs_refuses_later_is_one_sentence_of_its_own(pair, environment):
    _, node = pair
    system = storage.file_system(environment(hdfs_http_hosts=node.address))
    node.answer = SAFE_MODE
    with pytest.raises(RefusedError, match=r"^HDFS refused: Cannot create file/w\. Name node is in safe mode\.$"):
        system.get_file_info("/w")


@pytest.mark.parametrize(
    ("hosts", "addresses"),
    [
        ("", [("nn", 9870)]),
        ("gate:14000", [("gate", 14000)]),
        ("a, b:50070,", [("a", 9870), ("b", 50070)]),
    ],
)
def test_addresses_are_the_settings_or_the_one_namenode(environment, hosts: str, addresses: list):
    assert environment(hdfs_host="nn", hdfs_http_hosts=hosts).webhdfs == addresses


def test_tls_is_spoken_to_every_address():
    assert NameNodes([("a", 1), ("b", 2)], "ada", tls=True).urls == ["https://a:1/webhdfs/v1", "https://b:2/webhdfs/v1"]


def test_with_kerberos_the_ticket_says_who_asks(pair, environment, monkeypatch):
    logins = []
    package = SimpleNamespace(HTTPKerberosAuth=lambda **_: lambda request: logins.append(request.url) or request)
    monkeypatch.setitem(sys.modules, "requests_kerberos", package)
    storage.file_system(environment(hdfs_http_auth="kerberos", hdfs_http_hosts=pair[1].address))
    assert logins and "user.name" not in pair[1].asked[0][1]


def test_kerberos_without_its_package_says_which_page_names_it(environment, monkeypatch):
    monkeypatch.setitem(sys.modules, "requests_kerberos", None)
    with pytest.raises(storage.StorageError, match=r"requests_kerberos.*docs/clusters\.md"):
        storage.file_system(environment(hdfs_http_auth="kerberos", hdfs_http_hosts="nn"))
