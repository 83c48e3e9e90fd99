"""CSV records as DataFrames: read as text by an explicit schema, typed, checked, and split into landed and rejected.

A record's place is (file_no, block, row_id): Spark reads a large file in blocks, and inside one block `row_id` grows by one
per record. The account of a landing knows how many records lie before each block, so a place becomes a record number.
"""

from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession, Window
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
    place = {
        "file_no": F.lit(file_no),
        "block": F.col("_metadata.file_block_start"),
        "row_id": F.monotonically_increasing_id(),
    }
    row_text = F.coalesce(F.col(rules.CORRUPT), F.to_csv(F.struct(*names), {"emptyValue": "", "escape": '"'}))
    texts = [name for name in names if not name.startswith("_unread_")]
    records = reader.csv(str(file.path))
    if file.encoding == WINDOWS:
        records = records.withColumns({name: as_windows_1252(F.col(name)) for name in (*names, rules.CORRUPT)})
    return records.withColumns({**place, **rules.typed(table), "row_text": row_text}).select(
        *PLACE, *texts, rules.CORRUPT, *table.column_names, "row_text"
    )


def as_windows_1252(latin_1: Column) -> Column:
    """Text that was decoded as Latin-1, as windows-1252 would have it: the euro sign and its 26 neighbours."""
    differ = [(chr(byte), bytes([byte]).decode("cp1252", "ignore")) for byte in range(0x80, 0xA0)]
    return F.translate(latin_1, *("".join(side) for side in zip(*(pair for pair in differ if pair[1]), strict=True)))


def check(records: DataFrame, kind: str, today: date) -> DataFrame:
    """The typed columns with `reason`: why a row cannot be used, null for a good one; only such a one keeps its text."""
    table = KINDS[kind]
    faults = rules.transaction_faults(today) if kind == "transactions" else rules.snapshot_faults(table)
    checked = records.withColumns({"reason": rules.first_fault(faults), "is_repaired": rules.is_repaired(table)})
    if kind != "transactions":
        checked = last_one_wins(checked, table.columns[0].name)
    return checked.withColumn("row_text", F.when(F.col("reason").isNotNull(), F.col("row_text"))).select(
        *PLACE, *table.column_names, "reason", "is_repaired", "row_text"
    )


def last_one_wins(checked: DataFrame, key: str) -> DataFrame:
    """Of the good rows with one id the last one stays good; sorted by id, in one partition (a snapshot is small)."""
    is_good = F.col("reason").isNull()
    latest_first = Window.partitionBy(is_good, key).orderBy(*(F.col(name).desc() for name in PLACE))
    is_listed_again = is_good & (F.row_number().over(latest_first) > 1)
    reason = F.when(is_listed_again, rules.LISTED_AGAIN).otherwise(F.col("reason"))
    return checked.repartition(1).withColumn("reason", reason)


def read_and_check(spark: SparkSession, kind: str, files: dict[int, SourceFile], today: date) -> DataFrame:
    """All files of one kind, checked together: of an id in two snapshot files the later file's row wins."""
    records = [read_file(spark, file, file_no) for file_no, file in files.items()]
    return check(reduce(DataFrame.unionByName, records), kind, today)


def account(checked: DataFrame) -> DataFrame:
    """One row per file, block, reason (null = landed) and landed day: rows, first row_id, repaired ids, prices of 0."""
    is_landed = F.col("reason").isNull()
    columns = checked.columns
    day = F.when(is_landed, F.col("t_dat")) if "t_dat" in columns else F.lit(None).cast("date")
    free = (F.col("price") == 0) if "price" in columns else F.lit(False)
    return checked.groupBy("file_no", "block", "reason", day.alias("t_dat")).agg(
        F.count("*").alias("n_rows"),
        F.min("row_id").alias("first_row_id"),
        F.count_if(is_landed & F.col("is_repaired")).alias("n_repaired"),
        F.count_if(is_landed & free).alias("n_free"),
    )


def landed(checked: DataFrame, kind: str) -> DataFrame:
    """The good rows in the table's columns; transactions with their month."""
    rows = checked.where(F.col("reason").isNull()).select(*KINDS[kind].column_names)
    return rows.withColumn("t_month", F.date_format("t_dat", "yyyy-MM")) if kind == "transactions" else rows


def rejected(checked: DataFrame, blocks: DataFrame) -> DataFrame:
    """The faulty rows as raw.rejected_rows keeps them; `blocks`: file_no, block, file_name, row_id_offset."""
    faulty = checked.where(F.col("reason").isNotNull()).select(*PLACE, "reason", "row_text")
    record_number = F.col("row_id") + F.col("row_id_offset")
    return faulty.join(F.broadcast(blocks), on=["file_no", "block"], how="inner").select(
        "file_name", record_number.alias("record_number"), "reason", "row_text"
    )
