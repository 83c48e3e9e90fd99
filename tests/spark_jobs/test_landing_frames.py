"""Records of a CSV file: what is read, what is good, why the rest is not, and where it stands."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.landing import frames, rules
from spark_jobs.landing.account import Account
from spark_jobs.landing.preflight import KINDS, inspect

TODAY = date(2020, 9, 22)
ID, OTHER_ID = "1".zfill(64), "2".zfill(64)

Check = Callable[..., DataFrame]


@pytest.fixture
def checked(spark: SparkSession) -> Check:
    """Reads and checks files of one kind."""

    def check(kind: str, *paths: Path) -> DataFrame:
        return frames.read_and_check(spark, kind, {n: inspect(kind, path) for n, path in enumerate(paths)}, TODAY)

    return check


def good(rows: DataFrame, *names: str) -> list[tuple]:
    return [tuple(row) for row in rows.where("reason is null").orderBy("file_no", "row_id").select(*names).collect()]


FAULTY = {
    "2020-09-01," + ID + ",0000000001,0.05": rules.WRONG_FIELDS,
    "2020-09-01," + ID + ",0000000001,0.05,2,extra": rules.WRONG_FIELDS,
    "2020-09-31," + ID + ",0000000001,0.05,2": rules.BAD_DATE,
    "01/09/2020," + ID + ",0000000001,0.05,2": rules.BAD_DATE,
    "," + ID + ",0000000001,0.05,2": rules.BAD_DATE,
    "2020-09-23," + ID + ",0000000001,0.05,2": rules.LATER_THAN_TODAY,
    "2020-09-01,abc,0000000001,0.05,2": rules.BAD_CUSTOMER,
    "2020-09-01," + "A" * 64 + ",0000000001,0.05,2": rules.BAD_CUSTOMER,
    "2020-09-01," + ID + ",108775015.0,0.05,2": rules.BAD_ARTICLE,
    "2020-09-01," + ID + ",00000000001,0.05,2": rules.BAD_ARTICLE,
    "2020-09-01," + ID + ",0000000001,free,2": rules.BAD_PRICE,
    "2020-09-01," + ID + ",0000000001,NaN,2": rules.BAD_PRICE,
    "2020-09-01," + ID + ",0000000001,,2": rules.BAD_PRICE,
    "2020-09-01," + ID + ",0000000001,-0.05,2": rules.NEGATIVE_PRICE,
    "2020-09-01," + ID + ",0000000001,0.05,3": rules.BAD_CHANNEL,
    "2020-09-01," + ID + ",0000000001,0.05,": rules.BAD_CHANNEL,
}


def test_a_faulty_transaction_gets_its_reason_and_keeps_its_text(checked: Check, csvs):
    rows = checked("transactions", csvs.sales({}, *FAULTY, {})).collect()
    assert {row.row_text: row.reason for row in rows if row.reason} == FAULTY
    assert len([row for row in rows if row.reason is None]) == 2


def test_a_row_that_lacks_only_a_field_nobody_reads_is_faulty_whatever_is_asked_for(checked: Check, csvs):
    columns = [*KINDS["transactions"].column_names, "note"]
    rows = checked("transactions", csvs.sales({}, f"2020-09-01,{ID},0000000001,0.05,2", columns=columns))
    assert rows.where("reason is null").select("t_dat").count() == 1


def test_today_itself_and_a_price_of_zero_are_good(checked: Check, csvs):
    rows = checked("transactions", csvs.sales({"t_dat": "2020-09-22"}, {"price": "0"}))
    assert good(rows, "t_dat", "price") == [(TODAY, Decimal("0.050000000")), (date(2020, 9, 1), Decimal("0E-9"))]


def test_prices_are_rounded_to_nine_decimals(checked: Check, csvs):
    rows = checked("transactions", csvs.sales({"price": "0.05083050847457627"}, {"price": "1.69e-05"}))
    assert good(rows, "price") == [(Decimal("0.050830508"),), (Decimal("0.000016900"),)]


def test_an_article_id_without_its_leading_zeros_is_repaired_and_marked(checked: Check, csvs):
    rows = checked("transactions", csvs.sales({"article_id": "108775015"}, {"article_id": "0108775015"}))
    assert good(rows, "article_id", "is_repaired") == [("0108775015", True), ("0108775015", False)]


def test_crlf_bom_column_order_case_and_extra_columns_change_nothing(checked: Check, csvs):
    plain = checked("transactions", csvs.sales({}, {"t_dat": "2020-09-02"}, name="transactions_1.csv"))
    columns = ["note", "price", "SALES_CHANNEL_ID", "article_id", "Customer_Id", "t_dat", "more"]
    odd = [f"x,0.05,2,{'1'.zfill(10)},{ID},{day}," for day in ("2020-09-01", "2020-09-02")]
    file = csvs.sales(*odd, name="transactions_2.csv", end="\r\n", columns=columns, encoding="utf-8-sig")
    names = ("t_dat", "customer_id", "article_id", "price", "sales_channel_id")
    assert good(checked("transactions", file), *names) == good(plain, *names)
    assert inspect("transactions", file).extra_columns == ["note", "more"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_description_may_hold_line_breaks_quotes_and_commas(checked: Check, csvs, end: str):
    described = '"Soft, ""fine"" knit' + end + end + 'with 5"" heel"'
    rows = checked("articles", csvs.articles({"n": 1, "detail_desc": described}, {"n": 2}, end=end))
    assert good(rows, "article_id", "detail_desc") == [
        ("0000000001", 'Soft, "fine" knit\n\nwith 5" heel'),
        ("0000000002", "detail_desc 2"),
    ]


def test_bytes_that_are_not_utf8_are_read_as_windows_1252(checked: Check, csvs):
    rows = checked("articles", csvs.articles({"prod_name": "Café – 5 €"}, encoding="windows-1252"))
    assert good(rows, "prod_name") == [("Café – 5 €",)]


def test_whole_numbers_may_be_written_as_pandas_writes_them_and_empty_is_missing(checked: Check, csvs):
    rows = checked("customers", csvs.customers({"fn": "1.0", "active": "", "age": "49.0", "club_member_status": '""'}))
    assert good(rows, "fn", "active", "age", "club_member_status") == [(1, None, 49, None)]


def test_a_snapshot_row_with_a_bad_id_or_number_is_faulty(checked: Check, csvs):
    people = csvs.customers({"n": 1}, {"n": 2, "age": "old"}, {"n": 3, "age": "4.5"}, {"customer_id": "x"})
    reasons = [row.reason for row in checked("customers", people).orderBy("row_id").collect()]
    assert reasons == [None, rules.not_whole_number("age"), rules.not_whole_number("age"), rules.BAD_CUSTOMER]
    things = csvs.articles({"n": 1}, {"n": 2, "product_code": "abc"}, {"article_id": "no"})
    reasons = [row.reason for row in checked("articles", things).orderBy("row_id").collect()]
    assert reasons == [None, rules.not_whole_number("product_code"), rules.BAD_ARTICLE]


def test_of_a_customer_listed_twice_the_last_usable_row_wins(checked: Check, csvs):
    rows = checked("customers", csvs.customers({"age": 20}, {"age": 30}, {"n": 2, "age": 5}, {"age": 40}, {"age": "x"}))
    reasons = [(row.age, row.reason) for row in rows.orderBy("row_id").collect()]
    again = rules.LISTED_AGAIN
    assert reasons == [(20, again), (30, again), (5, None), (40, None), (None, rules.not_whole_number("age"))]


def test_of_an_article_in_two_files_the_later_file_wins_also_with_and_without_leading_zeros(checked: Check, csvs):
    first = csvs.articles({"prod_name": "old"}, {"n": 2}, name="articles_1.csv")
    second = csvs.articles({"article_id": "1", "prod_name": "new"}, name="articles_2.csv")
    rows = checked("articles", first, second)
    assert good(rows, "article_id", "prod_name") == [("0000000002", "prod_name 2"), ("0000000001", "new")]


def test_a_rejected_row_has_its_exact_record_number_in_a_file_of_many_blocks(spark: SparkSession, checked: Check, csvs):
    faulty = {3, 40, 41, 97, 160, 200}
    sales = [
        {"price": "x" if n in faulty else "1"} if n % 50 else f"\n{','.join(map(str, csvs.sale().values()))}"
        for n in range(1, 201)
    ]
    files = {n: csvs.sales(*sales, name=f"transactions_{n}.csv") for n in (0, 1)}
    spark.conf.set("spark.sql.files.maxPartitionBytes", "2k")
    try:
        rows = checked("transactions", *files.values())
        account = Account(frames.account(rows).toArrow(), {n: inspect("transactions", path) for n, path in files.items()})
        assert account.blocks().num_rows > 10
        found = frames.rejected(rows, spark.createDataFrame(account.blocks())).collect()
    finally:
        spark.conf.unset("spark.sql.files.maxPartitionBytes")
    expected = {(f"transactions_{n}.csv", number) for n in (0, 1) for number in faulty if number % 50}
    assert {(row.file_name, row.record_number) for row in found} == expected
