"""Publication: whole, once, resumable, and only of what is fit to be served."""

import pytest
from small_warehouse import AS_OF, N_KEPT, customer, popular

from warehouse.serving import pointer, publish, pull
from warehouse.serving.errors import PublicationRefusedError
from warehouse.serving.lookup import lookup
from warehouse.serving.runs import partitions, rollback, runs
from warehouse.serving.store import DATA_TABLES


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def killed_at(line_start: str):
    def progress(line: str) -> None:
        if line.startswith(line_start):
            raise Killed

    return progress


def first_reason(store) -> str:
    return lookup(store, customer(0)).articles[0].reason


def test_a_published_run_is_served_with_its_rows_metrics_and_lineage(store, publish_it):
    run = publish_it()
    assert (run.run, run.is_new, run.is_served) == (1, True, True)
    (listed,) = runs(store)
    assert listed.as_of_date == AS_OF
    assert listed.metrics == {"map12": 0.21}
    assert listed.landed == [("transactions_train.csv.gz", "00ff")]
    assert listed.table_rows == {
        "recommendations": 5,
        "customers": 8,
        "articles": 30,
        "popular_articles": 20,
        "similar_articles": 2,
        "complementary_articles": 2,
        "article_map": 2,
        "policy_lists": 1,
    }
    assert pointer.served(store).run == 1


def test_every_kept_article_is_in_the_store_in_order_of_rank(store, publish_it):
    publish_it()
    query = "select article_ids, scores from recommendations where customer_id = {c:String}"
    ((ids, scores),) = store.query(query, {"c": customer(0)}).result_rows
    assert ids == [f"0{100000000 + rank}" for rank in range(1, N_KEPT + 1)]
    assert scores == [float(-rank) for rank in range(1, N_KEPT + 1)]


def test_where_nothing_is_known_around_articles_the_rest_is_published(store, publish_it):
    rows = publish_it(around=None).table_rows
    assert {name: rows[name] for name in ("similar_articles", "complementary_articles", "article_map")} == dict.fromkeys(
        ("similar_articles", "complementary_articles", "article_map"), 0
    )


def test_the_same_content_again_changes_nothing_and_says_so(store, publish_it):
    publish_it()
    said = []
    again = publish_it(progress=said.append)
    assert (again.run, again.is_new) == (1, False)
    assert len(pointer.history(store)) == len(runs(store)) == 1
    assert "published already" in said[-1]


def test_the_same_content_in_another_file_is_the_same_run(store, warehouse, publish_it):
    publish_it()
    warehouse.fill("a")
    assert not publish_it().is_new


def test_other_content_of_the_same_day_is_a_new_run(store, warehouse, publish_it):
    publish_it()
    warehouse.fill("b")
    assert publish_it().run == 2
    assert first_reason(store) == "reason b"


@pytest.mark.parametrize("table", [DATA_TABLES[0], DATA_TABLES[2], DATA_TABLES[-1]])
def test_killed_in_the_middle_the_old_run_stays_and_a_rerun_starts_again(store, warehouse, publish_it, table):
    publish_it()
    warehouse.fill("b", n_customers=6)
    with pytest.raises(Killed):
        publish_it(progress=killed_at(table))
    assert first_reason(store) == "reason a"
    said = []
    run = publish_it(progress=said.append)
    assert "unfinished" in said[0]
    assert (run.run, run.table_rows["recommendations"]) == (2, 6)
    assert first_reason(store) == "reason b"
    assert partitions(store) == {table: {1, 2} for table in DATA_TABLES}


def test_killed_just_before_the_pointer_a_rerun_only_moves_it(store, publish_it, monkeypatch):
    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(pointer, "move", killed)
    with pytest.raises(Killed):
        publish_it()
    monkeypatch.undo()
    assert pointer.current(store) is None
    said = []
    assert publish_it(progress=said.append).run == 1
    assert len(said) == 1
    assert pointer.served(store).run == 1


def test_after_a_rollback_the_same_content_again_does_not_undo_it(store, warehouse, publish_it):
    publish_it()
    warehouse.fill("b")
    publish_it()
    rollback(store)
    said = []
    publish_it(progress=said.append)
    assert first_reason(store) == "reason a"
    assert "hm rollback --to 2" in said[-1]


REFUSED = {
    "customers have fewer than 15 articles": lambda warehouse: {"shown": 15},
    "have the same article twice": lambda warehouse: warehouse.recommend(article_id=["0100000001"] * 5 * N_KEPT),
    "not in marts.dim_articles": lambda warehouse: warehouse.recommend(
        article_id=[f"0{200000000 + i % N_KEPT}" for i in range(5 * N_KEPT)]
    ),
    "no overall list": lambda warehouse: warehouse.write("marts.popular_articles", popular().slice(15), AS_OF),
    "rows of a customer are not one each of ranks": lambda warehouse: warehouse.recommend(
        customer_id=[customer(i) for i in (0, 1, 0, 1, 2) for _ in range(N_KEPT)]
    ),
    "are not one each of ranks 1, 2, 3": lambda warehouse: warehouse.recommend(rank=[1, *range(1, 5 * N_KEPT)]),
}
SENT = {
    "customers come more than once": REFUSED["rows of a customer are not one each of ranks"],
    "not in order of customer and rank": REFUSED["are not one each of ranks 1, 2, 3"],
}
"""What is said where the rows are sent, not read by the store itself."""


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_fit_to_be_served_is_refused_and_the_served_run_stays(store, warehouse, publish_it, reason):
    publish_it()
    changes = REFUSED[reason](warehouse) or {}
    if changes:
        warehouse.fill("b")
    with pytest.raises(PublicationRefusedError, match=reason):
        publish_it(**changes)
    assert pointer.served(store).run == 1
    assert [r.run for r in runs(store)] == [1]


@pytest.mark.parametrize("reason", SENT)
def test_rows_that_are_sent_are_refused_alike(store, warehouse, publish_it, reason, monkeypatch):
    monkeypatch.setattr(pull, "why_not", lambda client, files: "not here")
    SENT[reason](warehouse)
    with pytest.raises(PublicationRefusedError, match=reason):
        publish_it()


def test_rows_lost_on_the_way_are_noticed(store, publish_it, monkeypatch):
    insert = publish._insert
    monkeypatch.setattr(publish, "_insert", lambda c, run, name, rows: insert(c, run, name, rows.slice(1)) + 1)
    with pytest.raises(PublicationRefusedError, match="customers holds 7 rows of 8 sent"):
        publish_it()
