"""CSV records as DataFrames: read as text by an explicit schema, typed, checked, and split into landed and rejected.

A record's place is (file_no, block, row_id): Spark reads a large file in blocks, and inside one block `row_id` grows by one
per record. The account of a landing knows how many records lie before each block, so a place becomes a record number.
"""

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from spark_jobs.landing import rules
from spark_jobs.landing.preflight import KINDS, WINDOWS, SourceFile

PLACE = ("file_no", "block", "row_id")


def read_file(spark: SparkSession, file: SourceFile, file_no: int) -> DataFrame:
    """Every record of a file with its place: `x_text` and `x` per column of the table, and the row as it came.

    Columns that the table does not have are read (or the row would have the wrong number of fields) and left out.
    """
    table = KINDS[file.kind]
    names = [f"{name}_text" if name in table.column_names else f"_unread_{i}" for i, name in enumerate(file.header)]
    reader = spark.read.schema(StructType([StructField(name, StringType()) for name in (*names, rules.CORRUPT)])).options(
        header=True,
        # Spark reads no windows-1252; `as_windows_1252` makes up the difference.
        encoding="ISO-8859-1" if file.encoding == WINDOWS else "UTF-8",
        # Doubled quotes, as every spreadsheet and pandas write them; Spark's own default is a backslash.
        quote='"',
        escape='"',
        # Only descriptions hold line breaks; read so, a file cannot be split.
        multiLine=file.kind == "articles",
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=rules.CORRUPT,
        # Or Spark parses only the columns a query needs, and a row with too few or too many fields passes for a good one.
        columnPruning=False,
    )
    records = reader.csv(f"file://{file.path.absolute()}")
    if file.encoding == WINDOWS:
        records = records.withColumns({name: as_windows_1252(name) for name in (*names, rules.CORRUPT)})
    place = ("_metadata.file_block_start as block", "monotonically_increasing_id() as row_id")
    as_it_came = f"to_csv(struct({', '.join(names)}), map('emptyValue', '', 'escape', '\"'))"
    return records.selectExpr(
        f"{file_no} as file_no",
        *place,
        *(name for name in names if not name.startswith("_unread_")),
        rules.CORRUPT,
        *rules.typed(table),
        f"coalesce({rules.CORRUPT}, {as_it_came}) as row_text",
    )


def as_windows_1252(latin_1: str) -> Column:
    """A column that was decoded as Latin-1, as windows-1252 would have it: the euro sign and its 26 neighbours."""
    differ = [(chr(byte), bytes([byte]).decode("cp1252", "ignore")) for byte in range(0x80, 0xA0)]
    return F.translate(latin_1, *("".join(side) for side in zip(*(pair for pair in differ if pair[1]), strict=True)))


def check(records: DataFrame, kind: str, today: date, forgotten: Sequence[str] = ()) -> DataFrame:
    """The typed columns with `reason`: why a row cannot be used, null for a good one.

    Only a row that cannot be used keeps its text, and not where that names a forgotten customer (SHA-256 of their ids).
    """
    table = KINDS[kind]
    is_sale = kind == "transactions"
    faults = rules.transaction_faults(today, forgotten) if is_sale else rules.snapshot_faults(table, forgotten)
    checked = records.selectExpr("*", f"{rules.first_fault(faults)} as reason", f"{rules.is_repaired(table)} as is_repaired")
    row_text = f"if(reason is not null and not {rules.names_forgotten('row_text', forgotten)}, row_text, null) as row_text"
    return (checked if is_sale else last_one_wins(checked, table.columns[0].name)).selectExpr(
        *PLACE, *table.column_names, "reason", "is_repaired", row_text
    )


def last_one_wins(checked: DataFrame, key: str) -> DataFrame:
    """Of the good rows with one id the last one stays good; sorted by id, in one partition (a snapshot is small)."""
    latest_first = "(partition by reason is null, {} order by {})".format(key, ", ".join(f"{name} desc" for name in PLACE))
    is_listed_again = f"reason is null and row_number() over {latest_first} > 1"
    return checked.repartition(1).withColumn("reason", F.expr(f"if({is_listed_again}, '{rules.LISTED_AGAIN}', reason)"))


def read_and_check(
    spark: SparkSession, kind: str, files: dict[int, SourceFile], today: date, forgotten: Sequence[str] = ()
) -> DataFrame:
    """All files of one kind, checked together: of an id in two snapshot files the later file's row wins."""
    records = [read_file(spark, file, file_no) for file_no, file in files.items()]
    return check(reduce(DataFrame.unionByName, records), kind, today, forgotten)


def account(checked: DataFrame) -> DataFrame:
    """One row per file, block, reason (null = landed) and landed day: rows, first row_id, repaired ids, prices."""
    columns = checked.columns
    day = "if(reason is null, t_dat, null)" if "t_dat" in columns else "cast(null as date)"
    price = "price" if "price" in columns else "cast(null as decimal(18, 9))"
    return checked.groupBy("file_no", "block", "reason", F.expr(f"{day} as t_dat")).agg(
        F.expr("count(*) as n_rows"),
        F.expr("min(row_id) as first_row_id"),
        F.expr("count_if(reason is null and is_repaired) as n_repaired"),
        F.expr(f"count_if(reason is null and {price} = 0) as n_free"),
        F.expr(f"sum(if(reason is null, {price}, null)) as price_total"),
    )


def landed(checked: DataFrame, kind: str) -> DataFrame:
    """The good rows in the table's columns; transactions with their month."""
    month = ["date_format(t_dat, 'yyyy-MM') as t_month"] if kind == "transactions" else []
    return checked.where("reason is null").selectExpr(*KINDS[kind].column_names, *month)


def rejected(checked: DataFrame, blocks: DataFrame) -> DataFrame:
    """The faulty rows as raw.rejected_rows keeps them; `blocks`: file_no, block, file_name, row_id_offset."""
    faulty = checked.where("reason is not null").select(*PLACE, "reason", "row_text")
    return faulty.join(F.broadcast(blocks), on=["file_no", "block"], how="inner").selectExpr(
        "file_name", "row_id + row_id_offset as record_number", "reason", "row_text"
    )
