"""Which rows can be used: one reason per fault, in the words that raw.rejected_rows keeps.

A price of 0 is no fault: the piece left the shop (a gift, a full discount), and what a customer takes home is what the
models learn from. Such rows are landed and counted in the landing's notes.

Every column comes twice: `x_text` as it stands in the file, `x` typed and null where the text does not fit the type.
"""

from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F

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


def not_whole_number(column: str) -> str:
    """The reason for a number column that holds something else."""
    return f"{column} is not a whole number"


def _text(name: str) -> Column:
    # The empty string, quoted or not, is a missing value.
    return F.nullif(F.col(f"{name}_text"), F.lit(""))


def _whole_number(name: str) -> Column:
    # pandas writes a whole number beside missing ones as 1.0.
    number = F.col(f"{name}_text").try_cast("decimal(20,3)")
    return F.when(number == F.floor(number), number.try_cast("int"))


def _day(name: str) -> Column:
    text = F.col(f"{name}_text")
    return F.when(text.rlike(r"^\d{4}-\d{2}-\d{2}$"), text.try_cast("date"))


def _article_id(name: str) -> Column:
    text = F.col(f"{name}_text")
    return F.when(text.rlike(r"^[0-9]{1,10}$"), F.lpad(text, 10, "0"))


def _customer_id(name: str) -> Column:
    text = F.col(f"{name}_text")
    return F.when(text.rlike("^[0-9a-f]{64}$"), text)


def _price(name: str) -> Column:
    return F.col(f"{name}_text").try_cast("decimal(18,9)")


_BY_NAME = {"article_id": _article_id, "customer_id": _customer_id, "price": _price}
_BY_TYPE = {"int": _whole_number, "string": _text, "date": _day}


def typed(table: Table) -> dict[str, Column]:
    """The table's columns out of the file's texts; null where a text does not fit."""
    return {c.name: (_BY_NAME.get(c.name) or _BY_TYPE[c.type])(c.name) for c in table.columns}


def is_repaired(table: Table) -> Column:
    """True where the article id was given back its leading zeros."""
    return F.length("article_id_text") < 10 if "article_id" in table.column_names else F.lit(False)


def transaction_faults(today: date) -> list[tuple[str, Column]]:
    """(reason, condition) for a row of a transactions file; the first that holds is the reason."""
    return [
        (WRONG_FIELDS, F.col(CORRUPT).isNotNull()),
        (BAD_DATE, F.col("t_dat").isNull()),
        (LATER_THAN_TODAY, F.col("t_dat") > F.lit(today)),
        (BAD_CUSTOMER, F.col("customer_id").isNull()),
        (BAD_ARTICLE, F.col("article_id").isNull()),
        (BAD_PRICE, F.col("price").isNull()),
        (NEGATIVE_PRICE, F.col("price") < 0),
        (BAD_CHANNEL, F.col("sales_channel_id").isNull() | ~F.col("sales_channel_id").isin(1, 2)),
    ]


def snapshot_faults(table: Table) -> list[tuple[str, Column]]:
    """(reason, condition) for a row of an articles or customers file."""
    key = table.columns[0].name
    numbers = [c.name for c in table.columns if c.type == "int"]
    return [
        (WRONG_FIELDS, F.col(CORRUPT).isNotNull()),
        (BAD_ARTICLE if key == "article_id" else BAD_CUSTOMER, F.col(key).isNull()),
        *((not_whole_number(n), F.col(n).isNull() & (F.col(f"{n}_text") != "")) for n in numbers),
    ]


def first_fault(faults: list[tuple[str, Column]]) -> Column:
    """The reason a row cannot be used, null for a good one."""
    return F.coalesce(*(F.when(condition, F.lit(reason)) for reason, condition in faults))
