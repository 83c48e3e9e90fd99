"""The same code over ClickHouse's HTTP protocol, with the stock client of a server.

No clickhouse-server can be had here, so the local stack's front answers the protocol from the chDB of this process: what it
proves is that publication and lookup use nothing that only the embedded client has.
"""

import threading

import chdb
import clickhouse_connect
import pytest
from small_warehouse import ARTICLES, customer

from infra.local.clickhouse_http import Engine, server
from warehouse.serving import store as store_module
from warehouse.serving.lookup import lookup
from warehouse.serving.runs import partitions, rollback, runs
from warehouse.serving.similar import similar
from warehouse.serving.status import status


@pytest.fixture
def over_http(settings, store, monkeypatch):
    """From here on `open_store` gives clients that speak HTTP to the same tables."""
    path = str(settings.clickhouse_dir)
    front = server(engine := Engine(lambda: chdb.connect(path)), "127.0.0.1", 0)
    threading.Thread(target=front.serve_forever, daemon=True).start()

    def connect(_settings):
        return clickhouse_connect.get_client(host="127.0.0.1", port=front.server_port)

    monkeypatch.setattr(store_module, "_connect", connect)
    yield
    front.shutdown()
    front.server_close()
    engine.close()


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
