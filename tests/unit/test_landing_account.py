"""The account of a landing: sums, record numbers, and what it refuses."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from spark_jobs.landing.account import Account, Counts, check_written, day_ranges
from spark_jobs.landing.errors import CountMismatchError, DaysAlreadyLandedError, PriceTotalError, TooManyRejectsError
from spark_jobs.landing.preflight import SourceFile
from spark_jobs.landing.result import landed_files, notes
from spark_jobs.landing.rules import LISTED_AGAIN

FIRST, SECOND = date(2020, 9, 1), date(2020, 9, 2)


def file(name: str, **fields: object) -> SourceFile:
    known = {"kind": "transactions", "sha256": name, "file_bytes": 1, "plain_bytes": 1, "header": (), "encoding": "UTF-8"}
    return SourceFile(path=Path(name), **(known | fields))


def account(*rows: tuple) -> Account:
    """Rows are (file_no, block, reason, t_dat, n_rows, first_row_id, n_repaired, n_free, price_total = None)."""
    types = [pa.int32(), pa.int64(), pa.string(), pa.date32(), *[pa.int64()] * 4, pa.decimal128(28, 9)]
    names = ["file_no", "block", "reason", "t_dat", "n_rows", "first_row_id", "n_repaired", "n_free", "price_total"]
    whole = [row if len(row) == len(names) else (*row, None) for row in rows]
    columns = [pa.array(values, kind) for values, kind in zip(zip(*whole, strict=True), types, strict=True)]
    return Account(pa.table(columns, names=names), {0: file("a.csv"), 1: file("b.csv")})


TWO_FILES = account(
    (0, 0, None, FIRST, 5, 1, 2, 1),
    (0, 0, "bad", None, 2, 0, 0, 0),
    (0, 900, None, SECOND, 4, 7, 1, 0),
    (0, 900, "worse", None, 1, 9, 0, 0),
    (1, 0, None, FIRST, 3, 8_589_934_592, 0, 0),
)


def test_counts_are_per_file():
    assert TWO_FILES.counts(0) == Counts(12, 9, 3, 1, FIRST, SECOND)
    assert TWO_FILES.counts(0).n_rejected == 3
    assert TWO_FILES.counts(1) == Counts(3, 3, 0, 0, FIRST, FIRST)
    assert TWO_FILES.n_rejected == 3
    assert TWO_FILES.n_landed("transactions") == 12
    assert TWO_FILES.days().to_pylist() == [{"t_dat": FIRST, "n_rows": 8}, {"t_dat": SECOND, "n_rows": 4}]


def test_a_block_says_what_makes_its_row_ids_record_numbers():
    offsets = {(row["file_name"], row["block"]): row["row_id_offset"] for row in TWO_FILES.blocks().to_pylist()}
    # a.csv: its first record has row_id 0 and number 1; 7 records later row_id 7 has number 8. b.csv starts anew.
    assert offsets == {("a.csv", 0): 1, ("a.csv", 900): 1, ("b.csv", 0): 1 - 8_589_934_592}


def test_the_share_of_rejects_is_judged_per_file_and_the_top_reasons_are_told():
    TWO_FILES.check_shares(0.25)
    said = r"a\.csv: 3 of 12 rows cannot be used \(bad: 2; worse: 1\), more than .*24\.0%"
    with pytest.raises(TooManyRejectsError, match=said):
        TWO_FILES.check_shares(0.24)


def test_rows_listed_again_are_rejected_and_no_fault_of_the_file():
    listed = account(
        (0, 0, None, None, 2, 0, 0, 0), (0, 0, LISTED_AGAIN, None, 97, 2, 0, 0), (0, 0, "bad", None, 1, 99, 0, 0)
    )
    assert listed.counts(0).n_rejected == 98
    listed.check_shares(0.01)
    with pytest.raises(TooManyRejectsError, match=r"a\.csv: 1 of 100 rows cannot be used \(bad: 1\)"):
        listed.check_shares(0.009)


def test_prices_whose_total_no_sum_could_hold_are_refused_by_the_file_that_brings_the_most():
    dear = account(
        (0, 0, None, FIRST, 5, 1, 0, 0, Decimal("4e9")),
        (1, 0, None, FIRST, 3, 1, 0, 0, Decimal("2e9")),
        (1, 900, None, FIRST, 3, 1, 0, 0, Decimal("3e9")),
        (1, 900, "bad", None, 1, 4, 0, 0),
    )
    dear.check_price_total(Decimal(0))
    with pytest.raises(PriceTotalError, match=r"b\.csv: .* 5,000,000,000, .* 9,000,000,001; .* larger unit"):
        dear.check_price_total(Decimal(1))
    account((0, 0, None, None, 2, 0, 0, 0)).check_price_total(Decimal(10**12))  # customers bring no prices


def test_days_landed_before_are_refused_by_file_and_day():
    TWO_FILES.check_days({date(2020, 9, 3)})
    with pytest.raises(DaysAlreadyLandedError, match=r"a\.csv holds days .* \(2020-09-02\).*--replace-days"):
        TWO_FILES.check_days({SECOND})


def test_written_rows_that_differ_from_the_account_are_our_fault_and_stop_the_landing():
    check_written("raw.transactions", 12, 12)
    with pytest.raises(CountMismatchError, match=r"raw\.transactions: 12 rows were to be written and 11 were"):
        check_written("raw.transactions", 12, 11)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1], "2020-09-01"),
        ([1, 2, 3], "2020-09-01 to 2020-09-03"),
        ([1, 3, 4, 9], "2020-09-01, 2020-09-03 to 2020-09-04, 2020-09-09"),
        (range(1, 30, 2), ", ".join(f"2020-09-{n:02d}" for n in range(1, 20, 2)) + " and 5 more ranges"),
    ],
)
def test_days_are_told_as_ranges(days: list[int], words: str):
    assert day_ranges([date(2020, 9, n) for n in days]) == words


def test_notes_tell_what_is_special_about_a_file_and_nothing_else():
    plain = account((1, 0, None, FIRST, 3, 0, 0, 0))
    assert notes(plain, 1) == ""
    odd = account((0, 0, None, FIRST, 5, 0, 2, 1), (0, 0, "bad", None, 2, 0, 0, 0))
    odd.files[0] = file("a.csv", header=("t_dat", "more"), encoding="windows-1252")
    assert landed_files(odd, 7)[0].notes == (
        "columns left out: more; not UTF-8, read as windows-1252; leading zeros given back to 2 article ids; "
        "1 rows with a price of 0 landed; 2 rejected: bad"
    )
