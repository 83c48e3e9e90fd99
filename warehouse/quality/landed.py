"""What must hold in the landed tables, beyond what landing checks row by row.

The rows are read by Arrow in slices of fixed size, so the checks need no Spark and their memory does not grow with the log.
"""

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from infra.settings import Settings
from warehouse.forgetting.registry import n_forgotten
from warehouse.hive.catalogue import Catalogue
from warehouse.hive.files import distinct
from warehouse.quality.suites import Suite, expectation
from warehouse.schemas import Table, raw

KINDS = {"articles": raw.ARTICLES, "customers": raw.CUSTOMERS, "transactions": raw.TRANSACTIONS}
SLICE_ROWS = 4_000_000

_PATTERNS = {"customer_id": ("^[0-9a-f]{64}$", "64 hexadecimal digits"), "article_id": ("^[0-9]{10}$", "10 digits")}
_FLAGS = ("fn", "active")
_DESCRIBED = ("prod_name", "product_type_name", "department_name", "section_name", "index_group_name", "colour_group_name")
_AS_PANDAS = {pa.string(): pd.StringDtype("pyarrow"), pa.int32(): pd.Int32Dtype()}.get
_FIGURES = ["t_dat", "price", "sales_channel_id"]


def suites(settings: Settings) -> list[Suite]:
    """The suites of the landed tables: all transactions, the latest snapshots, all accounts and keys.

    Raises:
        warehouse.hive.catalogue.MissingDataError: nothing has landed.
    """
    catalogue = Catalogue(settings)
    return [
        Suite(raw.TRANSACTIONS.full_name, slices(catalogue, raw.TRANSACTIONS, _FIGURES), _transactions()),
        *(Suite(f"{name}s of raw.transactions", [bought_ids(catalogue, name)], _ids(name)) for name in _PATTERNS),
        Suite("months of raw.transactions", [months(catalogue)], _months()),
        Suite(raw.ARTICLES.full_name, [latest(catalogue, raw.ARTICLES, ["article_id", *_DESCRIBED])], _articles()),
        Suite(raw.CUSTOMERS.full_name, [latest(catalogue, raw.CUSTOMERS, ["customer_id", "age", *_FLAGS])], _customers()),
        Suite(raw.LANDINGS.full_name, [accounts(catalogue)], _landings()),
        *(Suite(t.full_name, [key_figures(catalogue, t)], _keys()) for t in (raw.CUSTOMER_KEYS, raw.ARTICLE_KEYS)),
    ]


def slices(catalogue: Catalogue, table: Table, columns: list[str]) -> Iterator[pd.DataFrame]:
    """All rows of a table, some million at a time."""
    held: list[pa.RecordBatch] = []
    for batch in catalogue.dataset(table.full_name).to_batches(columns=columns):
        held.append(batch)
        if sum(len(b) for b in held) >= SLICE_ROWS:
            yield _frame(pa.Table.from_batches(held))
            held = []
    if held:
        yield _frame(pa.Table.from_batches(held))


def bought_ids(catalogue: Catalogue, name: str) -> pd.DataFrame:
    """The distinct ids of the transactions: matching each of them once is what makes the check cheap."""
    return _frame(pa.table({name: distinct(catalogue.fs, catalogue.files(raw.TRANSACTIONS.full_name), name)}))


def latest(catalogue: Catalogue, table: Table, columns: list[str]) -> pd.DataFrame:
    """The rows of a snapshot table's latest landing."""
    last = max(catalogue.partitions(table.full_name), key=lambda values: int(values["landing_id"]))
    return _frame(catalogue.read(table.full_name, columns, **last))


def months(catalogue: Catalogue) -> pd.DataFrame:
    """One row per partition of the transactions: its month, and the months of its first and last day."""
    found = []
    for values in catalogue.partitions(raw.TRANSACTIONS.full_name):
        days = pc.min_max(catalogue.read(raw.TRANSACTIONS.full_name, ["t_dat"], **values)["t_dat"]).as_py()
        found.append({"month": values["t_month"], "first": f"{days['min']:%Y-%m}", "last": f"{days['max']:%Y-%m}"})
    return pd.DataFrame(found)


def accounts(catalogue: Catalogue) -> pd.DataFrame:
    """One row per landing and kind: rows by raw.landings beside rows by the files' own footers."""
    found = []
    for values in catalogue.partitions(raw.LANDINGS.full_name):
        files = catalogue.read(raw.LANDINGS.full_name, **values)
        sums = files.group_by("file_kind").aggregate([(f"rows_{n}", "sum") for n in ("read", "landed", "rejected")])
        of_landing = {
            "n_rejected": pc.sum(files["rows_rejected"]).as_py(),
            "n_in_rejected_rows": _n_rows(catalogue, raw.REJECTED_ROWS, values),
        }
        found += [
            of_landing
            | {
                "n_read": row["rows_read_sum"],
                "n_accounted": row["rows_landed_sum"] + row["rows_rejected_sum"],
                "n_landed": row["rows_landed_sum"],
                "n_in_table": _n_rows(catalogue, KINDS[row["file_kind"]], values),
            }
            for row in sums.to_pylist()
        ]
    return pd.DataFrame(found)


def key_figures(catalogue: Catalogue, table: Table) -> pd.DataFrame:
    """One row: how many keys, how many distinct ids and keys, and the gaps of the numbering that nobody can explain."""
    rows = catalogue.read(table.full_name)
    ids, numbers = (rows[name] for name in table.column_names)
    ends = pc.min_max(numbers).as_py()
    figures = {
        "n_rows": rows.num_rows,
        "n_ids": pc.count_distinct(ids).as_py(),
        "n_keys": pc.count_distinct(numbers).as_py(),
        # A forgotten customer leaves a gap.
        "n_gaps": max(0, ends["max"] + 1 - rows.num_rows - (n_forgotten(catalogue) if table is raw.CUSTOMER_KEYS else 0)),
    }
    return pd.DataFrame([figures])


def _frame(rows: pa.Table) -> pd.DataFrame:
    if "price" in rows.column_names:
        rows = rows.set_column(rows.column_names.index("price"), "price", rows["price"].cast(pa.float64()))
    return rows.to_pandas(types_mapper=_AS_PANDAS, date_as_object=False)


def _n_rows(catalogue: Catalogue, table: Table, values: dict[str, str]) -> int:
    there = {p["landing_id"] for p in catalogue.partitions(table.full_name)}
    return catalogue.dataset(table.full_name, **values).count_rows() if values["landing_id"] in there else 0


def _not_null(column: str):
    return expectation("ExpectColumnValuesToNotBeNull", f"{column} is there", column=column)


def _ids(name: str) -> list:
    pattern, words = _PATTERNS[name]
    fits = expectation("ExpectColumnValuesToMatchRegex", f"{name} has {words}", column=name, regex=pattern)
    return [_not_null(name), fits]


def _equal(one: str, other: str, says: str):
    return expectation("ExpectColumnPairValuesToBeEqual", says, column_A=one, column_B=other)


def _transactions() -> list:
    between, price = "ExpectColumnValuesToBeBetween", {"column": "price", "min_value": 0}
    channel = {"column": "sales_channel_id", "value_set": [1, 2]}
    return [
        _not_null("t_dat"),
        _not_null("price"),
        expectation(between, "price is 0 or more", **price),
        expectation(between, "99 % of prices are above 0", **price, strict_min=True, mostly=0.99, warn=True),
        expectation("ExpectColumnValuesToBeInSet", "sales_channel_id is 1 or 2", **channel),
    ]


def _months() -> list:
    ends = ("first", "last")
    return [_equal("month", end, f"the {end} day of a partition lies in the partition's month") for end in ends]


def _articles() -> list:
    described = (
        expectation("ExpectColumnValuesToNotBeNull", f"95 % have a {name}", column=name, mostly=0.95, warn=True)
        for name in _DESCRIBED
    )
    return [*_ids("article_id"), _once("article_id"), *described]


def _customers() -> list:
    age = {"column": "age", "min_value": 10, "max_value": 110, "mostly": 0.99}
    flags = (
        expectation("ExpectColumnValuesToBeInSet", f"{name} is 0, 1 or missing", column=name, value_set=[0, 1], warn=True)
        for name in _FLAGS
    )
    return [
        *_ids("customer_id"),
        _once("customer_id"),
        expectation("ExpectColumnValuesToBeBetween", "99 % of ages lie in 10 to 110", **age, warn=True),
        *flags,
    ]


def _once(column: str):
    return expectation("ExpectColumnValuesToBeUnique", f"no {column} twice in a snapshot", column=column)


def _landings() -> list:
    return [
        _equal("n_read", "n_accounted", "rows read = landed + rejected, per landing and kind"),
        _equal("n_landed", "n_in_table", "rows landed = rows in the table's files, per landing and kind"),
        _equal("n_rejected", "n_in_rejected_rows", "rows rejected = rows in raw.rejected_rows, per landing"),
    ]


def _keys() -> list:
    return [
        _equal("n_rows", "n_ids", "an id has one key"),
        _equal("n_rows", "n_keys", "a key has one id"),
        expectation(
            "ExpectColumnValuesToBeInSet",
            "keys begin at 0 and have no gaps but forgotten ones",
            column="n_gaps",
            value_set=[0],
        ),
    ]
