"""Forgotten customers leave every table of the store, in every run, and the parts on disk that held them."""

from small_warehouse import customer

from warehouse.forgetting import store as forgetting
from warehouse.forgetting.customers import Customers

WHO = Customers((customer(0),))


def test_a_forgotten_customer_is_in_no_run_and_in_no_part_on_disk(publish_it, warehouse, store):
    publish_it()
    warehouse.fill("b")
    publish_it()
    before = {table: store.query(f"select count() from {table}").result_rows[0][0] for table in ("customers", "events")}
    when = "2020-09-01 10:00:00"
    store.command(f"insert into events select 'e', 'view', '{customer(0)}', '', 0, '{when}', '', 'r', false")

    removed = forgetting.remove(store, WHO)

    assert removed == {"customers": 2, "events": 1, "exposures": 0, "policy_lists": 2, "recommendations": 2}
    assert {table: forgetting.count(store, table, WHO) for table in removed} == dict.fromkeys(removed, 0)
    assert forgetting.n_replaced(store) == 0
    after = {table: store.query(f"select count() from {table}").result_rows[0][0] for table in before}
    assert after == {"customers": before["customers"] - 2, "events": before["events"]}
    # What the store writes down of it names a hash; and it keeps replaced parts as long as ever.
    assert not any(customer(0) in row[0] for row in store.query("select command from system.mutations").result_rows)
    assert "old_parts_lifetime" not in store.command("show create table customers")
    assert set(forgetting.remove(store, WHO).values()) == {0}
