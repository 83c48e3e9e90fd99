"""CSV records as DataFrames: read as strings by an explicit schema, then checked, typed, and split into landed and rejected.

A record's place is (file_no, block, row_id): Spark reads a large file in blocks, and inside one block `row_id` grows by one
per record. `record_numbers` turns places into numbers from 1.
"""

from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from spark_jobs.landing import rules
from spark_jobs.landing.preflight import KINDS, SourceFile

PLACE = ("file_no", "block", "row_id")
_UNREAD = "_unread_"


def read_file(spark: SparkSession, file: SourceFile, file_no: int) -> DataFrame:
    """Every record of a file as strings under the table's column names, with its place and its text.

    Columns that the table does not have are read (or the row would have the wrong number of fields) and left out.
    """
    table = KINDS[file.kind]
    names = [name if name in table.column_names else f"{_UNREAD}{i}" for i, name in enumerate(file.header)]
    fields = [StructField(name, StringType()) for name in (*names, rules.CORRUPT)]
    # Without this Spark parses only the columns a query needs and takes a row with too few or too many fields for a good one.
    records = (
        spark.read.option("columnPruning", "false")
        .csv(
            str(file.path),
            schema=StructType(fields),
            header=True,
            encoding=file.encoding,
            # Doubled quotes, as every spreadsheet and pandas write them; Spark's own default is a backslash.
            quote='"',
            escape='"',
            # Only descriptions hold line breaks; reading every file so would forbid Spark to split it.
            multiLine=file.kind == "articles",
            mode="PERMISSIVE",
            columnNameOfCorruptRecord=rules.CORRUPT,
        )
        .withColumns(
            {
                "file_no": F.lit(file_no),
                "block": F.col("_metadata.file_block_start"),
                "row_id": F.monotonically_increasing_id(),
            }
        )
    )
    row_text = F.coalesce(F.col(rules.CORRUPT), F.to_csv(F.struct(*names), {"emptyValue": "", "escape": '"'}))
    return records.select(*PLACE, *table.column_names, rules.CORRUPT, row_text.alias("row_text"))


def read_files(spark: SparkSession, files: dict[int, SourceFile]) -> DataFrame:
    """The records of several files of one kind."""
    return reduce(DataFrame.unionByName, [read_file(spark, file, file_no) for file_no, file in files.items()])


def check_transactions(records: DataFrame, today: date) -> DataFrame:
    """Adds `reason`: why a row cannot be used, null for a good one."""
    return records.withColumn("reason", rules.first_fault(rules.transaction_faults(today)))


def check_snapshot(records: DataFrame, kind: str) -> DataFrame:
    """Adds `reason`; of rows with one id the last one is good, the earlier ones are 'listed again later'."""
    table = KINDS[kind]
    good_id = rules.typed(table)[0]
    latest_first = Window.partitionBy("is_good", "good_id").orderBy(*(F.col(name).desc() for name in PLACE))
    return (
        records.withColumn("reason", rules.first_fault(rules.snapshot_faults(table)))
        # Snapshots are small; one partition gives one file, sorted by id, without a sampling pass.
        .repartition(1)
        .withColumns({"is_good": F.col("reason").isNull(), "good_id": good_id})
        .withColumn("n_later", F.row_number().over(latest_first) - 1)
        .withColumn(
            "reason", F.when(F.col("is_good") & (F.col("n_later") > 0), rules.LISTED_AGAIN).otherwise(F.col("reason"))
        )
        .drop("is_good", "n_later", "good_id")
    )


def is_repaired(kind: str):
    """True for a row whose article id was shorter than 10 digits."""
    return F.lit(False) if kind == "customers" else F.length("article_id") < 10


def landed(checked: DataFrame, kind: str) -> DataFrame:
    """The good rows, typed, in the table's columns."""
    return checked.where(F.col("reason").isNull()).select(*rules.typed(KINDS[kind]))


def rejected(checked: DataFrame, records: DataFrame, names: dict[int, str]) -> DataFrame:
    """The faulty rows as raw.rejected_rows keeps them; `names` maps file_no to file name."""
    file_name = F.create_map(*(F.lit(part) for pair in names.items() for part in pair))[F.col("file_no")]
    faulty = checked.where(F.col("reason").isNotNull()).select(*PLACE, "reason", "row_text")
    record_number = F.col("row_id") - F.col("first_row_id") + F.col("n_before") + 1
    return faulty.join(F.broadcast(block_starts(records)), on=["file_no", "block"], how="inner").select(
        file_name.alias("file_name"), record_number.alias("record_number"), "reason", "row_text"
    )


def block_starts(records: DataFrame) -> DataFrame:
    """One row per block of a file: its first row_id and the records of the file before it."""
    before = Window.partitionBy("file_no").orderBy("block").rowsBetween(Window.unboundedPreceding, -1)
    return (
        records.groupBy("file_no", "block")
        .agg(F.min("row_id").alias("first_row_id"), F.count("*").alias("n_rows"))
        .withColumn("n_before", F.coalesce(F.sum("n_rows").over(before), F.lit(0)))
        .drop("n_rows")
    )
