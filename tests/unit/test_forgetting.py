"""What forgetting does to single files and accounts, without Spark and without a store."""

import json
import os
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hm.cli import app
from infra import locks
from infra.settings import Settings, get_settings
from warehouse.forgetting import accounts, rewrite, state, tables
from warehouse.forgetting.customers import BLANK, Customers
from warehouse.forgetting.registry import sha256_of
from warehouse.hive.catalogue import Catalogue

GONE, STAYS = "ab" * 32, "cd" * 32
WHO = Customers((GONE,), (7,))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch) -> Settings:
    monkeypatch.setenv("HM_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    found = get_settings()
    found.state_dir.mkdir(parents=True)
    yield found
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_file_written_again_keeps_its_layout_and_loses_only_their_rows(tmp_path):
    rows = pa.table(
        {
            "customer_id": [GONE, STAYS, None, GONE, GONE, STAYS],
            "price": pa.array([Decimal("0.05")] * 6, pa.decimal128(18, 9)),
        }
    ).replace_schema_metadata({"spark": "told"})
    before, after = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(rows, before, row_group_size=2, compression="zstd", store_decimal_as_integer=True)
    with before.open("rb") as source, after.open("wb") as target:
        left = rewrite.rewrite(source, target, rewrite.without(WHO.rows_of(["customer_id"])))
    parquet = pq.ParquetFile(after)
    assert left == 3
    assert parquet.read()["customer_id"].to_pylist() == [STAYS, None, STAYS]  # a row of nobody stays
    assert [parquet.metadata.row_group(i).num_rows for i in range(parquet.num_row_groups)] == [1, 1, 1]
    columns = [parquet.metadata.row_group(0).column(i) for i in (0, 1)]
    assert (columns[0].compression, columns[1].physical_type) == ("ZSTD", "INT64")
    assert parquet.schema_arrow.metadata[b"spark"] == b"told"


def test_a_customer_is_told_by_id_or_by_key():
    rows = pa.table({"customer_id": [GONE, STAYS, STAYS], "customer_key": pa.array([1, 7, 8], pa.int32())})
    assert rows.filter(WHO.rows_of(rows.column_names)).num_rows == 2
    assert rows.filter(WHO.rows_of(["customer_key"])).num_rows == 1
    assert WHO.rows_of(["article_key"]) is None


def test_an_id_is_found_in_a_text_in_any_case_and_beside_other_digits():
    text = f"a,{GONE.upper()},b\n0{GONE}\n{STAYS}".encode()
    assert list(WHO.places_in(text)) == [2, 70]
    named = WHO.named_in(pa.chunked_array([[f"x {GONE.upper()}", STAYS, None]]))
    assert named.to_pylist() == [True, False, False]


def test_the_state_folder_loses_rows_of_parquet_files_and_ids_in_texts_and_nothing_else(settings, monkeypatch):
    monkeypatch.setattr(state, "SPOOL_WAIT_S", 0)
    judged, log = settings.runs_dir / "r" / "judged.parquet", settings.state_dir / "spark.log"
    binary, spool = settings.state_dir / "study.db", settings.spool_dir / "events-0000000001.jsonl"
    for file in (judged, log, binary, spool):
        file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"customer_id": [GONE, STAYS], "n": [1, 2]}), judged)
    log.write_text(f"before {GONE} after {STAYS}\n")
    binary.write_bytes(b"\0" + GONE.encode())
    spool.write_text("".join(json.dumps({"customer_id": one}) + "\n" for one in (GONE, STAYS)))

    found = {file: state.remove(file, WHO) for file in state.files(settings)}

    assert found == {judged: 1, log: 1, binary: 1}
    assert {file: state.count(file, WHO) for file in found} == {judged: 0, log: 0, binary: 1}  # told, not mended
    assert pq.read_table(judged)["customer_id"].to_pylist() == [STAYS]
    assert log.read_text() == f"before {BLANK.decode()} after {STAYS}\n"
    assert state.clear_spool(settings, WHO) == 1
    assert [json.loads(line)["customer_id"] for line in spool.read_text().splitlines()] == [STAYS]
    assert state.spooled(settings, WHO) == 0


def test_earlier_versions_are_stale_wherever_a_table_left_them_and_nothing_of_others_is(settings):
    places = {
        "used": "marts.db/dim_customers/versions/2/part.parquet",
        "version": "marts.db/dim_customers/versions/1/part.parquet",
        "partition": "recs.db/recommendations/versions/1/as_of_date=1/part.parquet",
        "neighbour": "recs.db/recommendations/versions/1/as_of_date=2/part.parquet",
        "unknown": "dev.db/dropped/versions/1/part.parquet",
        "root": "own.db/made_by_hand/part.parquet",
        "foreign": "other.db/theirs/part.parquet",
    }
    for file in places.values():
        (settings.warehouse_dir / file).parent.mkdir(parents=True)
        (settings.warehouse_dir / file).touch()
    where = {name: str((settings.warehouse_dir / file).parent) for name, file in places.items()}
    table = settings.warehouse_dir / "own.db" / "made_by_hand"
    snapshot = {
        "marts.dim_customers": {"location": where["used"], "partitions": [{"location": where["used"]}]},
        "recs.recommendations": {
            "location": str(settings.warehouse_dir / "recs.db" / "recommendations"),
            "partitions": [{"location": where["neighbour"]}],
        },
        "own.made_by_hand": {"location": str(table / "versions/1"), "partitions": [{"location": str(table / "versions/1")}]},
    }
    (settings.state_dir / "catalogue.json").write_text(json.dumps(snapshot))
    stale = {str(settings.warehouse_dir / places[name]) for name in ("version", "partition", "unknown", "root")}
    assert set(tables.stale(Catalogue(settings))) == stale


def test_a_row_that_went_is_counted_off_the_file_that_holds_its_day():
    def file(name: str, kind: str, landed: int, first: int = 0, last: int = 0, notes: str = "") -> dict:
        days = {name: date(2020, 9, n) if n else None for name, n in (("first_day", first), ("last_day", last))}
        return {"file_name": name, "file_kind": kind, "rows_landed": landed, "rows_rejected": 1, "notes": notes, **days}

    files = [
        file("a", "articles", 9),
        file("c", "customers", 3),
        file("1", "transactions", 5, 1, 9, "3 rejected: price is negative"),
        file("2", "transactions", 5, 10, 19, "1,000 rejected: forgotten customer"),
    ]
    accounts._take_off(files, 1, Counter({date(2020, 9, 9): 2, date(2020, 9, 10): 1}))
    assert [(f["rows_landed"], f["rows_rejected"]) for f in files] == [(9, 1), (2, 2), (3, 3), (4, 2)]
    assert [f["notes"] for f in files] == [
        "",
        "1 rejected: forgotten customer",
        "3 rejected: price is negative; 2 rejected: forgotten customer",
        "1,001 rejected: forgotten customer",
    ]


def test_what_is_kept_of_a_customer_is_a_hash():
    assert sha256_of(GONE) == WHO.hashes[0]
    assert pc.any(WHO.named_in(pa.chunked_array([WHO.hashes]))).as_py() is False


def test_a_locks_note_names_no_customer(settings, monkeypatch):
    monkeypatch.setattr("sys.argv", ["hm", "forget", GONE, "--yes"])
    with locks.pipeline(settings):
        note = (settings.state_dir / "pipeline.holder.json").read_text()
    assert GONE not in note and "hm forget CUSTOMER --yes" in note


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [((), 1, "Nobody is named"), (("zz",), 1, "not a customer id"), (("--from", "none"), 1, "none cannot be read")],
)
def test_who_is_to_be_forgotten_is_checked_before_anything_else(settings, args, code, said):
    result = CliRunner().invoke(app, ["forget", *args], env=dict(os.environ))
    assert result.exit_code == code
    assert said in str(result.exception)


def test_without_a_yes_nothing_is_done(settings):
    result = CliRunner().invoke(app, ["forget", GONE.upper()], input="n\n", env=dict(os.environ))
    assert result.exit_code == 1
    assert "Forget 1 customers for good?" in result.output
    assert not settings.clickhouse_dir.exists()
