"""What is refused, and how: one shape for every refusal, and nothing without bounds."""

import pytest
from small_warehouse import customer

from warehouse.api.gate import MAX_BODY, MAX_URL
from warehouse.api.limits import CLIENTS, RateLimit


@pytest.mark.parametrize(
    ("path", "status", "where"),
    [
        ("/recommendations/12", 422, "path.customer_id"),
        (f"/recommendations/{customer(0)}?n=0", 422, "query.n"),
        (f"/recommendations/{customer(0)}?n=101", 422, "query.n"),
        (f"/recommendations/{customer(0)}?simulated=true&at=1066-10-14T00:00:00Z", 422, "query.at"),
        ("/similar/12ab", 422, "path.article_id"),
        ("/nothing", 404, None),
        ("/popular?age_bin=%27%20or%201=1", 422, "query.age_bin"),
        (f"/popular?x={'x' * MAX_URL}", 414, None),
    ],
)
def test_bad_input_is_a_problem_that_says_where(api, publish_it, path, status, where):
    publish_it()
    answer = api().get(path)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told["status"] == status and told["detail"] and told["request_id"] == answer.headers["x-request-id"]
    assert [fault["where"] for fault in told["errors"]] == ([where] if where else [])


def test_a_body_that_is_too_long_is_refused_whether_or_not_it_says_so(api):
    client = api()
    assert client.post("/events", content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert client.post("/events", content=(b"x" * 65_536 for _ in range(40))).status_code == 413
    assert client.post("/events", content=b"{", headers={"content-type": "application/json"}).status_code == 400


def test_without_the_key_only_probes_are_answered(api, publish_it):
    publish_it()
    client = api(api_key="s3cret")
    assert client.get("/popular").status_code == 401
    assert client.get("/popular", headers={"X-API-Key": "guess"}).status_code == 401
    assert client.get("/docs").status_code == 401
    assert client.get("/readyz").status_code == 200
    for headers in ({"X-API-Key": "s3cret"}, {"Authorization": "Bearer s3cret"}):
        assert client.get("/popular", headers=headers).status_code == 200
    assert set(client.get("/openapi.json", headers=headers).json()["components"]["securitySchemes"]) == {"key", "bearer"}


def test_who_asks_too_often_is_told_when_to_come_again(api, publish_it):
    publish_it()
    client = api(api_rate=1)
    answers = [client.get("/popular") for _ in range(4)]
    assert [a.status_code for a in answers][:2] == [200, 200]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) >= 1
    assert client.get("/healthz").status_code == 200


def test_a_bucket_fills_again_and_clients_do_not_share_one():
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    assert [limit.wait_s("a") for _ in range(4)] == [0, 0, 0, 0]
    assert limit.wait_s("a") == pytest.approx(0.5)
    assert limit.wait_s("b") == 0
    now[0] = 0.5
    assert limit.wait_s("a") == 0
    assert limit.wait_s("a") > 0
    for i in range(CLIENTS):
        limit.wait_s(f"client {i}")
    assert len(limit._buckets) == CLIENTS


def test_a_request_id_comes_back_and_one_that_could_be_anything_is_replaced(api):
    client = api()
    assert client.get("/healthz", headers={"X-Request-ID": "order-12345678"}).headers["x-request-id"] == "order-12345678"
    for bad in ("short", "with spaces in it", "x" * 65, '{"json":"injected"}'):
        assert client.get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"] != bad


def test_the_log_tells_the_route_and_no_customer(api, publish_it):
    from structlog.testing import capture_logs

    publish_it()
    client = api()
    with capture_logs() as lines:
        client.get(f"/recommendations/{customer(0)}")
        client.get("/recommendations/12")
    told = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in told] == [
        ("/recommendations/{customer_id}", 200),
        ("/recommendations/{customer_id}", 422),
    ]
    assert (told[0]["run"], told[0]["answered_by"]) == (1, "own")
    assert told[0]["request_id"] and customer(0) not in str(lines)


def test_a_fault_of_ours_is_a_problem_without_its_stack(api, monkeypatch):
    from warehouse.api.service import Service

    monkeypatch.setattr(Service, "recommend", lambda *_, **__: 1 / 0)
    answer = api().get(f"/recommendations/{customer(0)}")
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert "division" not in answer.text
