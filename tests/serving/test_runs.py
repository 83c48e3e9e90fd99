"""Going back, and what is kept."""

import pytest
from small_warehouse import customer

from warehouse.serving import pointer
from warehouse.serving.errors import NothingPublishedError, RollbackError
from warehouse.serving.lookup import lookup
from warehouse.serving.runs import partitions, rollback, runs
from warehouse.serving.store import DATA_TABLES


@pytest.fixture
def publish_marked(warehouse, publish_it):
    """Publishes content whose every text ends in the marker."""

    def call(marker: str, **changes: object):
        warehouse.fill(marker)
        return publish_it(**changes)

    return call


def served(store) -> int:
    return pointer.served(store).run


def test_rollback_serves_the_run_before_in_every_table(store, publish_marked):
    publish_marked("a")
    publish_marked("b")
    assert rollback(store).run == 1
    first = lookup(store, customer(0)).articles[0]
    assert (first.reason, first.name.prod_name) == ("reason a", "prod_name 1 a")
    assert [r.is_served for r in runs(store)] == [False, True]
    assert [(p.run, p.why) for p in pointer.history(store)] == [(1, "publish"), (2, "publish"), (1, "rollback")]


def test_rollback_never_returns_to_a_run_that_was_rolled_back_from(store, publish_marked):
    publish_marked("a")
    publish_marked("bad")
    rollback(store)
    publish_marked("c")
    assert rollback(store).run == 1


def test_rollback_can_go_to_a_named_run_and_forward_again(store, publish_marked):
    for marker in "abc":
        publish_marked(marker)
    assert rollback(store, to=1).run == 1
    assert rollback(store, to=3).run == 3
    assert served(store) == 3


def test_rollback_to_the_served_run_moves_nothing(store, publish_marked):
    publish_marked("a")
    rollback(store, to=1)
    assert len(pointer.history(store)) == 1


def test_rollback_with_nothing_before_names_what_is_kept(store, publish_marked):
    with pytest.raises(NothingPublishedError):
        rollback(store)
    publish_marked("a")
    with pytest.raises(RollbackError, match="first"):
        rollback(store)
    with pytest.raises(RollbackError, match="choose one of: 1"):
        rollback(store, to=7)


def test_old_runs_lose_their_rows_and_stay_listed(store, publish_marked):
    for marker in "abcd":
        publish_marked(marker, keep=2)
    assert partitions(store) == {table: {3, 4} for table in DATA_TABLES}
    assert [(r.run, r.is_kept) for r in runs(store)] == [(4, True), (3, True), (2, False), (1, False)]
    with pytest.raises(RollbackError, match="choose one of: 3, 4"):
        rollback(store, to=1)


def test_the_run_a_rollback_would_return_to_is_kept_beyond_the_newest(store, publish_marked):
    publish_marked("a", keep=1)
    publish_marked("b", keep=1)
    publish_marked("c", keep=1)
    assert partitions(store)["recommendations"] == {2, 3}
    rollback(store)
    publish_marked("d", keep=1)
    assert partitions(store)["recommendations"] == {2, 4}
    assert rollback(store).run == 2


def test_content_whose_rows_were_dropped_can_be_published_again(store, publish_marked):
    for marker in "abc":
        publish_marked(marker, keep=1)
    again = publish_marked("a", keep=1)
    assert (again.run, again.is_new) == (4, True)
