"""The store reads the files itself: the same rows as when they are sent, and the same refusals."""

import pytest
from small_warehouse import AS_OF, customer

from warehouse.serving import pull
from warehouse.serving.errors import PublicationRefusedError
from warehouse.serving.rules import Rules

ROWS = "select * except (run) from recommendations where run = {run:UInt32} order by customer_id"


@pytest.fixture
def files(settings, warehouse):
    return pull.Files.of(settings, warehouse.catalogue.files("recs.recommendations", as_of_date=AS_OF))


def test_rows_read_from_the_files_are_those_that_are_sent(store, publish_it, files, monkeypatch):
    said = []
    read = publish_it(progress=said.append)
    monkeypatch.setattr(pull, "why_not", lambda client, files: "not allowed here")
    sent = publish_it(progress=said.append, around=None)
    rows = [store.query(ROWS, {"run": run.run}).result_rows for run in (read, sent)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 5
    assert any("5 rows read by ClickHouse itself" in line for line in said)
    assert any("(not allowed here): the rows are sent" in line for line in said)


def test_rules_make_the_rows_pass_through_the_filter(store, publish_it):
    said = []
    publish_it(progress=said.append, rules=Rules(exclude_articles=("0999999999",)))
    assert not any("itself" in line for line in said)


def test_ranks_with_a_gap_are_refused_and_the_store_is_not_moved(store, files, publish_it, monkeypatch):
    first = publish_it().run
    gap = files.table.replace("file(", "(select * from file(") + " where rank != 2)"
    with pytest.raises(PublicationRefusedError, match="one each of ranks 1, 2, 3"):
        pull.pull(store, first + 1, pull.Files(files.place, gap))


def test_files_that_cannot_be_read_say_why(store, files):
    assert pull.why_not(store, files) == ""
    assert "no files" in pull.why_not(store, pull.Files(f"{files.place}.not-there", files.table))


def test_hdfs_is_read_where_the_tables_are_and_a_server_never_this_machines_disk(settings):
    on_hdfs = settings.model_copy(update={"storage": "hdfs", "hdfs_host": "namenode", "hdfs_port": 8020})
    assert pull.Files.of(on_hdfs, ["/w/a/1.parquet", "/w/a/2.parquet"]) == pull.Files(
        "hdfs://namenode:8020/w/a/*.parquet", "hdfs({place:String}, 'Parquet')"
    )
    assert pull.Files.of(on_hdfs, ["/w/a/1.parquet", "/w/b/2.parquet"]) is None
    assert pull.Files.of(settings.model_copy(update={"clickhouse_interface": "http"}), ["/w/a/1.parquet"]) is None
    assert pull.Files.of(settings, []) is None


def test_a_customer_of_two_files_is_one_row(settings, store, warehouse, publish_it):
    import pyarrow.parquet as pq

    (file,) = warehouse.catalogue.files("recs.recommendations", as_of_date=AS_OF)
    rows = pq.read_table(file)
    pq.write_table(rows.slice(0, 3), file)
    pq.write_table(rows.slice(3), file.replace("part-00000", "part-00001"))
    assert publish_it().table_rows["recommendations"] == 5
    listed = store.query(
        "select length(article_ids) from recommendations where customer_id = {c:String}", {"c": customer(0)}
    )
    assert listed.result_rows == [(rows.num_rows // 5,)]
