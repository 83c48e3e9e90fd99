"""Which rows can be used: one reason per fault, in the words that raw.rejected_rows keeps.

A price of 0 is no fault: the piece left the shop (a gift, a full discount), and what a customer takes home is what the
models learn from; prices are averaged, never multiplied. It is counted in the landing's notes.
"""

from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F

from spark_jobs.landing.preflight import KINDS
from warehouse.schemas import Table

CORRUPT = "_corrupt_record"

WRONG_FIELDS = "wrong number of fields"
BAD_DATE = "t_dat is not a date YYYY-MM-DD"
LATER_THAN_TODAY = "t_dat is later than today"
BAD_CUSTOMER = "customer_id is not 64 hexadecimal digits in lower case"
BAD_ARTICLE = "article_id is not a number of up to 10 digits"
BAD_PRICE = "price is missing or not a number"
NEGATIVE_PRICE = "price is negative"
BAD_CHANNEL = "sales_channel_id is not 1 or 2"
LISTED_AGAIN = "listed again later in the file"

_WHOLE = "decimal(20,3)"


def not_whole_number(column: str) -> str:
    """The reason for a number column that holds something else."""
    return f"{column} is not a whole number"


def text(name: str) -> Column:
    """A string column; the empty string, quoted or not, is a missing value."""
    return F.nullif(F.col(name), F.lit(""))


def whole_number(name: str) -> Column:
    """A string as int: `1` and `1.0` (pandas writes that) are whole numbers, everything else is null."""
    number = F.col(name).try_cast(_WHOLE)
    return F.when(number == F.floor(number), number.try_cast("int"))


def day(name: str) -> Column:
    """A string as date; only the form YYYY-MM-DD."""
    return F.when(F.col(name).rlike(r"^\d{4}-\d{2}-\d{2}$"), F.col(name).try_cast("date"))


def article_id(name: str = "article_id") -> Column:
    """An article id with its leading zeros, null where it is not a number of up to 10 digits."""
    return F.when(F.col(name).rlike(r"^\d{1,10}$"), F.lpad(F.col(name), 10, "0"))


def customer_id(name: str = "customer_id") -> Column:
    """A customer id, null where malformed."""
    return F.when(F.col(name).rlike("^[0-9a-f]{64}$"), F.col(name))


def price(name: str = "price") -> Column:
    """A price rounded to 9 decimals, half up; null where it is not a number."""
    return F.col(name).try_cast("decimal(38,18)").try_cast("decimal(18,9)")


def typed(table: Table) -> list[Column]:
    """The table's columns out of the file's strings; null where a value does not fit its type."""
    by_name = {"article_id": article_id, "customer_id": customer_id, "price": price}
    by_type = {"int": whole_number, "string": text, "date": day}
    return [by_name.get(c.name, by_type.get(c.type))(c.name).alias(c.name) for c in table.columns]


def transaction_faults(today: date) -> list[tuple[str, Column]]:
    """(reason, condition) over the file's strings; the first that holds is the reason."""
    return [
        (WRONG_FIELDS, F.col(CORRUPT).isNotNull()),
        (BAD_DATE, day("t_dat").isNull()),
        (LATER_THAN_TODAY, day("t_dat") > F.lit(today)),
        (BAD_CUSTOMER, customer_id().isNull()),
        (BAD_ARTICLE, article_id().isNull()),
        (BAD_PRICE, price().isNull()),
        (NEGATIVE_PRICE, price() < 0),
        (BAD_CHANNEL, F.coalesce(~whole_number("sales_channel_id").isin(1, 2), F.lit(True))),
    ]


def reasons(kind: str) -> list[str]:
    """Every reason for which a row of a file of this kind can be rejected."""
    faults = transaction_faults(date.today()) if kind == "transactions" else snapshot_faults(KINDS[kind])
    return [reason for reason, _ in faults] + ([] if kind == "transactions" else [LISTED_AGAIN])


def snapshot_faults(table: Table) -> list[tuple[str, Column]]:
    """(reason, condition) for a row of the articles or customers file."""
    identity = (BAD_ARTICLE, article_id()) if table.columns[0].name == "article_id" else (BAD_CUSTOMER, customer_id())
    numbers = [c.name for c in table.columns if c.type == "int"]
    return [
        (WRONG_FIELDS, F.col(CORRUPT).isNotNull()),
        (identity[0], identity[1].isNull()),
        *((not_whole_number(n), text(n).isNotNull() & whole_number(n).isNull()) for n in numbers),
    ]


def first_fault(faults: list[tuple[str, Column]]) -> Column:
    """The reason a row cannot be used, null for a good one."""
    return F.coalesce(*(F.when(condition, F.lit(reason)) for reason, condition in faults))
