"""What is asked over HTTP is answered as `hm lookup` answers."""

import json

import pytest
from small_warehouse import ARTICLES, AS_OF, customer

from warehouse.serving.lookup import lookup
from warehouse.serving.similar import similar


@pytest.mark.parametrize("who", [customer(0), customer(5), customer(7), "f" * 64])
def test_a_customer_gets_over_http_what_lookup_gives(api, store, publish_it, who):
    publish_it()
    answer = api().get(f"/recommendations/{who}?n=13")
    assert answer.status_code == 200
    assert answer.json() == json.loads(lookup(store, who, 13).to_json()) | {"experiments": []}


def test_similar_and_complementary_articles_are_those_of_the_command(api, store, publish_it):
    publish_it()
    client, known = api(), json.loads(similar(store, ARTICLES[0]).to_json())
    assert client.get(f"/similar/{ARTICLES[0]}").json()["articles"] == known["similar"]
    assert client.get(f"/complements/{ARTICLES[0].lstrip('0')}").json()["articles"] == known["complementary"]
    assert client.get("/similar/0999999999").status_code == 404


def test_popular_articles_of_a_segment_and_of_one_that_nobody_is_in(api, publish_it):
    publish_it()
    client = api()
    assert [a["article_id"] for a in client.get("/popular?n=3").json()["articles"]] == ARTICLES[:3]
    assert client.get("/popular", params={"age_bin": "25-29"}).json()["articles"][0]["article_id"] == ARTICLES[20]
    assert client.get("/popular", params={"age_bin": "65+"}).status_code == 404


def test_before_the_first_publication_it_is_alive_and_not_ready(api, publish_it):
    client = api()
    assert client.get("/healthz").json() == {"status": "ok"}
    waiting = client.get("/readyz")
    assert (waiting.status_code, waiting.headers["content-type"]) == (503, "application/problem+json")
    assert "hm publish" in waiting.json()["detail"]
    assert client.get(f"/recommendations/{customer(0)}").status_code == 503
    publish_it(metrics={"synthetic": True})
    assert client.get("/readyz").json() == {"status": "ready", "run": 1, "as_of_date": str(AS_OF), "is_synthetic": True}


def test_the_metrics_tell_levels_routes_and_the_spool(api, publish_it):
    publish_it()
    client = api()
    before = client.get("/metrics").text
    client.get(f"/recommendations/{customer(5)}")
    text = client.get("/metrics").text
    assert text != before
    assert 'hm_lookups_total{answered_by="segment"}' in text
    assert 'route="/recommendations/{customer_id}",status="200"' in text
    assert 'hm_spool_bytes{table="events"} 0.0' in text
    assert customer(5) not in text


def test_the_page_about_it_names_every_route_and_asks_nobody_for_anything(api):
    client = api()
    page, document = client.get("/docs").text, client.get("/openapi.json").json()
    assert len(document["paths"]) == 9
    assert all(f"<code>{path}</code>" in page for path in document["paths"])
    assert "//" not in page.replace("<!doctype html>", "")
    assert "<script" not in page
    assert 'href="#Recommendations"' in page
