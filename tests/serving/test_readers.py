"""Readers that poll while runs are published, killed and rolled back see one whole run in every answer."""

import threading
import time

import chdb
import clickhouse_connect
import pytest

from infra.local.clickhouse_http import Engine, server
from tests.serving.polling import KILLED_AT, PUBLICATIONS, READERS, ROLLBACKS, publications, readers
from warehouse.serving.shelf import KeptShelf
from warehouse.serving.store import open_store

PAUSE_S = {"in this process": 1.0, "over HTTP": 2.0}
"""Between two questions of a reader, about: two cores then answer 50 of them and publish."""


@pytest.fixture
def over_http(settings, store):
    """Connects over ClickHouse's HTTP protocol, as other commands do where `hm serve` holds the store."""
    path = str(settings.clickhouse_dir)
    front = server(engine := Engine(lambda: chdb.connect(path)), "127.0.0.1", 0, "s3cret")
    threading.Thread(target=front.serve_forever, daemon=True).start()
    database = settings.clickhouse_database
    yield lambda: clickhouse_connect.get_client(
        host="127.0.0.1",
        port=front.server_port,
        username="hm",
        password="s3cret",
        database=database,
        autogenerate_session_id=False,
    )
    front.shutdown()
    front.server_close()
    engine.close()


@pytest.mark.parametrize("way", PAUSE_S)
def test_fifty_readers_never_see_an_empty_partial_or_mixed_answer(settings, store, warehouse, publish_it, over_http, way):
    assert (PUBLICATIONS // 4, len(KILLED_AT)) == (ROLLBACKS, ROLLBACKS)
    warehouse.fill("m0")
    first = publish_it().run
    connect = over_http if way == "over HTTP" else (lambda: open_store(settings))
    shelf = None if way == "over HTTP" else KeptShelf(lambda: open_store(settings))
    with readers(connect, shelf, PAUSE_S[way]) as seen:
        markers = {first: "m0"} | publications(store, warehouse, publish_it)
        time.sleep(2 * PAUSE_S[way])
    assert seen.faults == []
    assert seen.polls > 5 * READERS
    assert seen.answers <= set(markers.items())
    assert len({run for run, _ in seen.answers}) > PUBLICATIONS // 2
