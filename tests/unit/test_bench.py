"""The bench's own parts: what is compared, what is measured again, what the page says."""

import importlib
import json
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.bench import __main__ as bench
from tests.bench import cut, measure, record, table
from tests.bench.log import Log
from tests.bench.pieces import als, growth, week
from tests.bench.record import Found
from tests.bench.same import compare

KEYS = ("customer_key", "t_dat")
ROWS = {"customer_key": [2, 1, 3], "t_dat": ["b", "a", "c"], "n_lines": [5, 4, None], "share": [0.5, None, 0.25]}


def parquet(folder: Path, name: str, rows: dict) -> list[Path]:
    file = folder / f"{name}.parquet"
    pq.write_table(pa.table(rows), file)
    return [file]


def turned(rows: dict) -> dict:
    return {name: values[::-1] for name, values in rows.items()}


def test_the_same_rows_in_another_order_are_the_same(tmp_path):
    nearly = turned(ROWS) | {"share": [0.25 + 1e-9, None, 0.5]}
    verdict = compare(parquet(tmp_path, "one", ROWS), parquet(tmp_path, "other", nearly), KEYS)
    assert verdict.same and verdict.rows == 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n_lines": [5, 3, None]}, "n_lines: 1 rows differ, the first 4 against 3"),
        ({"n_lines": [5, 4, 0]}, "n_lines: 1 rows differ, the first None against 0"),
        ({"share": [0.50001, None, 0.25]}, "share: 1 rows differ"),
        ({"customer_key": [2, 1, 4]}, "customer_key: 1 rows differ"),
    ],
)
def test_one_changed_value_is_seen(tmp_path, changed, said):
    verdict = compare(parquet(tmp_path, "one", ROWS), parquet(tmp_path, "other", ROWS | changed), KEYS)
    assert not verdict.same and verdict.faults[0].startswith(said)


def test_a_missing_row_or_column_is_seen(tmp_path):
    one = parquet(tmp_path, "one", ROWS)
    fewer = parquet(tmp_path, "fewer", {name: values[:2] for name, values in ROWS.items()})
    narrower = parquet(tmp_path, "narrower", {name: values for name, values in ROWS.items() if name != "share"})
    assert compare(one, fewer, KEYS).faults == ("3 rows against 2",)
    assert compare(one, narrower, KEYS).faults == ("columns that one side has not: share",)


@pytest.fixture
def log(tmp_path) -> Log:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for kind in ("articles", "customers", "transactions_train"):
        (folder / f"{kind}.csv").write_text("id\n1\n2\n")
    return Log(folder, tmp_path / "work")


@pytest.fixture
def measured(monkeypatch) -> list[str]:
    """Names of the logs that the piece `week` was measured on, in place of what it does."""
    calls: list[str] = []

    def stand_in(log: Log) -> Found:
        calls.append(log.described["label"])
        return Found("A new week", "one, then the other", [{"contestant": "hm", "seconds": 12.0, "rows equal": True}])

    monkeypatch.setattr(week, "measured", stand_in)
    return calls


def test_what_was_measured_on_the_same_log_with_the_same_code_is_skipped(log, measured, monkeypatch):
    for again in (False, False, True):
        bench.measure_piece("week", Log(log.folder, log.work), again)
    assert len(measured) == 2
    monkeypatch.setattr(bench, "code_of", lambda folders: "other code")
    bench.measure_piece("week", Log(log.folder, log.work), again=False)
    assert len(measured) == 3
    (log.folder / "transactions_train.csv").write_text("id\n1\n3\n")
    bench.measure_piece("week", Log(log.folder, log.work), again=False)
    assert len(measured) == 4


def test_half_a_record_is_measured_again(tmp_path):
    file = tmp_path / "week.json"
    file.write_text('{"piece": "we')
    assert not record.stands(file, "marker", "code")


def test_the_page_is_put_together_from_what_there_is(log, measured, tmp_path):
    bench.measure_piece("week", log, again=False)
    page = tmp_path / "docs" / "bench.md"
    assert table.assemble(log.work / "results", page) == 1
    said = page.read_text()
    assert "## A new week: tiny" in said and "2 rows, 2 customers; a real log" in said
    assert "| contestant | seconds | rows equal |" in said and "| hm | 12 | yes |" in said
    assert json.loads(page.with_suffix(".json").read_text())[0]["log"]["marker"] == log.marker


def test_the_page_keeps_what_other_state_folders_measured(log, measured, tmp_path):
    bench.measure_piece("week", log, again=False)
    page = tmp_path / "bench.md"
    table.assemble(log.work / "results", page)
    (log.folder / "LOOKALIKE.json").write_text('{"version": "2", "scale": "small", "rows": 7, "customers": 3, "seed": 1}')
    (log.folder / "customers.csv").write_text("id\n1\n2\n3\n")
    other = Log(log.folder, tmp_path / "elsewhere")
    bench.measure_piece("week", other, again=False)
    assert table.assemble(other.work / "results", page) == 2
    assert "**synthetic** look-alike v2" in page.read_text() and "a real log" in page.read_text()


def test_a_contestant_that_ends_badly_is_named_with_its_log(tmp_path):
    log = tmp_path / "logs" / "it.log"
    with pytest.raises(measure.ContestantError, match=f"ended with 3; see {log}"):
        measure.run([sys.executable, "-c", "import sys; sys.exit('no' and 3)"], log)


def test_memory_and_processor_time_count_the_children(tmp_path):
    child = "x = bytearray(60 << 20); import time; time.sleep(1.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); print(7)"
    took = measure.run([sys.executable, "-c", parent], tmp_path / "it.log")
    assert took.said.strip() == "7" and took.peak_mib > 60 and took.cpu_s > 0


def test_a_part_of_a_log_keeps_its_rows_as_they_stand(tmp_path):
    folder = tmp_path / "log"
    folder.mkdir()
    rows = [
        f"2020-09-{day},{customer},0{day}85705003,0.0423559322033{day},2" for day in range(10, 20) for customer in "abcdefgh"
    ]
    (folder / "transactions_train.csv").write_text(
        "\n".join(["t_dat,customer_id,article_id,price,sales_channel_id", *rows, ""])
    )
    people = [f'{customer},1.0,"LEFT, CLUB",' for customer in "abcdefgh"]
    (folder / "customers.csv").write_text("\n".join(["customer_id,FN,club_member_status,age", *people, ""]))
    (folder / "articles.csv").write_text("article_id\n1\n")
    log = Log(folder, tmp_path / "work")
    first, rest = (cut.part(log, tmp_path / name, {"transactions": keep}) for name, keep in HALVES.items())
    kept = [(half / "transactions_train.csv").read_text().splitlines()[1:] for half in (first, rest)]
    assert kept[0] + kept[1] == rows and len(kept[0]) == 40
    keep = cut.customers(2)
    some = cut.part(log, tmp_path / "some", {"articles": None, "customers": keep, "transactions": keep})
    drawn = {line.split(",")[0].strip('"') for line in (some / "customers.csv").read_text().splitlines()[1:]}
    bought = [line for line in rows if line.split(",")[1] in drawn]
    assert 0 < len(drawn) < 8 and (some / "transactions_train.csv").read_text().splitlines()[1:] == bought


HALVES = {"first": cut.days(None, date(2020, 9, 15)), "rest": cut.days(date(2020, 9, 15), None)}


def test_recall_is_the_share_of_the_exact_articles():
    exact = np.array([[1, 2, 3], [4, 5, 6]])
    assert als.recall(np.array([[3, 2, 1], [4, 5, -1]]), exact) == pytest.approx(5 / 6)
    assert als.recall(exact[::-1], exact) == 0


def test_the_steps_of_a_run_are_read_from_its_progress():
    said = "land: CSV files\n  x: 3 rows\nland: done in 1.5 s, peak memory 1,781 MiB\n"
    said += "train 2020-09-16: done in 2.0 s, peak memory 10 MiB\ntrain 2020-09-23: done in 3.0 s, peak memory 9 MiB\n"
    assert growth.by_step(said) == {"land": {"seconds": 1.5, "peak": 1781.0}, "train": {"seconds": 5.0, "peak": 10.0}}


def test_a_chain_that_went_on_tells_each_step_by_the_call_that_did_it():
    first = "land: done in 90.0 s, peak memory 5,000 MiB\ntrain 2020-09-16: done in 2.0 s, peak memory 10 MiB\n"
    second = "land: done in 1.0 s, peak memory 200 MiB\ntrain 2020-09-23: done in 3.0 s, peak memory 9 MiB\n"
    assert growth.by_step(first, second) == {
        "land": {"seconds": 90.0, "peak": 5000.0},
        "train": {"seconds": 5.0, "peak": 10.0},
    }


def test_every_piece_is_there_and_says_what_it_depends_on():
    for piece in table.PIECES:
        module = importlib.import_module(f"tests.bench.pieces.{piece}")
        assert callable(module.measured) and record.code_of(module.DEPENDS)
