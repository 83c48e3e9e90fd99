"""Publication: whole, once, resumable."""

import pytest
from small_warehouse import AS_OF, N_KEPT, customer

from warehouse.serving import pointer
from warehouse.serving.errors import PublicationRefusedError
from warehouse.serving.lookup import lookup
from warehouse.serving.runs import partitions, runs
from warehouse.serving.store import DATA_TABLES


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
        "complementary_articles": 3,
    }
    assert pointer.served(store).run == 1


def test_every_kept_article_is_in_the_store_in_order_of_rank(store, publish_it):
    publish_it()
    (row,) = store.query(
        "select article_ids, scores from recommendations where customer_id = {c:String}", {"c": customer(0)}
    ).result_rows
    assert row[0] == [f"0{100000000 + rank}" for rank in range(1, N_KEPT + 1)]
    assert row[1] == [float(-rank) for rank in range(1, N_KEPT + 1)]


def test_the_same_content_again_changes_nothing_and_says_so(store, publish_it):
    publish_it()
    said = []
    again = publish_it(progress=said.append)
    assert (again.run, again.is_new) == (1, False)
    assert len(pointer.history(store)) == len(runs(store)) == 1
    assert "published already" in said[-1]


def test_other_recommendations_of_the_same_day_are_a_new_run(store, warehouse, publish_it):
    publish_it()
    warehouse.recommend(marker="b")
    assert publish_it().run == 2
    assert lookup(store, customer(0)).articles[0].reason == "reason b"


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def _kill_at(line_start: str):
    def progress(line: str) -> None:
        if line.startswith(line_start):
            raise Killed

    return progress


@pytest.mark.parametrize("table", DATA_TABLES)
def test_killed_in_the_middle_the_old_run_stays_and_a_rerun_starts_again(store, warehouse, publish_it, table):
    publish_it()
    warehouse.recommend(n_customers=6, marker="b")
    with pytest.raises(Killed):
        publish_it(progress=_kill_at(table))
    assert lookup(store, customer(0)).articles[0].reason == "reason a"
    said = []
    run = publish_it(progress=said.append)
    assert "unfinished" in said[0]
    assert (run.run, run.table_rows["recommendations"]) == (2, 6)
    assert lookup(store, customer(0)).articles[0].reason == "reason b"
    assert {t: partitions(store, t) for t in DATA_TABLES} == dict.fromkeys(DATA_TABLES, {1, 2})


def test_killed_before_the_pointer_a_rerun_only_moves_it(store, publish_it, monkeypatch):
    monkeypatch.setattr(pointer, "move", _kill_at(""))
    with pytest.raises((Killed, TypeError)):
        publish_it()
    monkeypatch.undo()
    assert pointer.current(store) is None
    said = []
    assert publish_it(progress=said.append).run == 1
    assert said == [said[0]]
    assert pointer.served(store).run == 1
