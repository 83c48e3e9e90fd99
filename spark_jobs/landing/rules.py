"""Which rows can be used: one reason per fault, in the words that raw.rejected_rows keeps.

A price of 0 is no fault: the piece left the shop (a gift, a full discount), and what a customer takes home is what the
models learn from. Such rows are landed and counted in the landing's notes.

Every column comes twice: `x_text` as it stands in the file, `x` typed and null where the text does not fit the type. The
rules are SQL expressions: one string is one call into the JVM, where a tree of Column objects is hundreds.
"""

from collections.abc import Sequence
from datetime import date

from warehouse.forgetting.registry import FORGOTTEN
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
UNCLOSED_QUOTE = "a quote is not closed, so the text goes on over the next records"
LISTED_AGAIN = "listed again later"
"""Of an id that a file, or two files of one landing, list twice the last row counts: the others are no fault of the file."""

NO_FAULT = (LISTED_AGAIN, FORGOTTEN)
"""Reasons that say nothing against a file, and do not count towards its share of rejects."""

MAX_PRICE_TOTAL = 9_000_000_000
"""Money is summed in whole billionths, 64 bits wide: 9.22 thousand million is the end, and beyond it sums wrap silently."""


def not_whole_number(column: str) -> str:
    """The reason for a number column that holds something else."""
    return f"{column} is not a whole number"


def _text(name: str) -> str:
    # The empty string, quoted or not, is a missing value.
    return f"nullif({name}_text, '')"


def _whole_number(name: str) -> str:
    # pandas writes a whole number beside missing ones as 1.0.
    number = f"try_cast({name}_text as decimal(20, 3))"
    return f"case when {number} = floor({number}) then try_cast({number} as int) end"


def _day(name: str) -> str:
    return f"case when {name}_text rlike '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' then try_cast({name}_text as date) end"


def _article_id(name: str) -> str:
    return f"case when {name}_text rlike '^[0-9]{{1,10}}$' then lpad({name}_text, 10, '0') end"


def _customer_id(name: str) -> str:
    # A regular expression over 64 characters takes five times as long, and is the dearest of all rules.
    is_hex = f"length({name}_text) = 64 and unhex({name}_text) is not null and {name}_text = lower({name}_text)"
    return f"case when {is_hex} then {name}_text end"


def _price(name: str) -> str:
    return f"try_cast({name}_text as decimal(18, 9))"


_BY_NAME = {"article_id": _article_id, "customer_id": _customer_id, "price": _price}
_BY_TYPE = {"int": _whole_number, "string": _text, "date": _day}


def typed(table: Table) -> list[str]:
    """The table's columns out of the file's texts; null where a text does not fit."""
    return [f"{(_BY_NAME.get(c.name) or _BY_TYPE[c.type])(c.name)} as {c.name}" for c in table.columns]


def is_repaired(table: Table) -> str:
    """True where the article id was given back its leading zeros."""
    return "length(article_id_text) < 10" if "article_id" in table.column_names else "false"


def is_forgotten(text: str, forgotten: Sequence[str]) -> str:
    """Whether a text is the id of a forgotten customer, in whatever case; of them only the SHA-256 is known."""
    return f"sha2(lower(trim({text})), 256) in ({', '.join(map(repr, forgotten))})"


def names_forgotten(text: str, forgotten: Sequence[str]) -> str:
    """Whether a text has the id of a forgotten customer anywhere: a row with too many fields has it in any of them."""
    if not forgotten:
        return "false"
    return f"exists(regexp_extract_all({text}, '[0-9a-fA-F]{{64}}', 0), id -> {is_forgotten('id', forgotten)})"


def _forgotten_first(forgotten: Sequence[str]) -> dict[str, str]:
    return {FORGOTTEN: is_forgotten("customer_id_text", forgotten)} if forgotten else {}


def transaction_faults(today: date, forgotten: Sequence[str] = ()) -> dict[str, str]:
    """Reason and condition for a row of a transactions file; the first that holds is the reason."""
    return {
        **_forgotten_first(forgotten),
        WRONG_FIELDS: f"{CORRUPT} is not null",
        BAD_DATE: "t_dat is null",
        LATER_THAN_TODAY: f"t_dat > date'{today}'",
        BAD_CUSTOMER: "customer_id is null",
        BAD_ARTICLE: "article_id is null",
        BAD_PRICE: "price is null",
        NEGATIVE_PRICE: "price < 0",
        BAD_CHANNEL: "sales_channel_id is null or sales_channel_id not in (1, 2)",
    }


def snapshot_faults(table: Table, forgotten: Sequence[str] = ()) -> dict[str, str]:
    """Reason and condition for a row of an articles or customers file; the first that holds is the reason."""
    key = table.columns[0].name
    numbers = [c.name for c in table.columns if c.type == "int"]
    # Read as one record, such a row would take the ones after it along unseen: a line with a record's commas inside a text.
    texts = ", ".join(f"{c.name}_text" for c in table.columns if c.type == "string")
    swallowed = f"concat_ws('|', {texts}) rlike '\\n([^,\\n]*,){{{len(table.columns) - 1}}}'"
    return {
        **(_forgotten_first(forgotten) if key == "customer_id" else {}),
        UNCLOSED_QUOTE: swallowed,
        WRONG_FIELDS: f"{CORRUPT} is not null",
        BAD_ARTICLE if key == "article_id" else BAD_CUSTOMER: f"{key} is null",
        **{not_whole_number(n): f"{n} is null and {n}_text <> ''" for n in numbers},
    }


def first_fault(faults: dict[str, str]) -> str:
    """The reason a row cannot be used, null for a good one."""
    return f"case {' '.join(f'when {condition} then {reason!r}' for reason, condition in faults.items())} end"
