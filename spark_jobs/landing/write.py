"""One pass over the files of a kind: checked, typed, sorted, written, and counted while it passes."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from spark_jobs.landing import frames, rules
from spark_jobs.landing.preflight import SourceFile

_BYTES_PER_TASK = 64 << 20
"""Plain CSV that one sorting task takes: far below an executor's memory, and a month of a large log still fits one file."""


@dataclass(frozen=True)
class Counts:
    """Rows of one file; `n_free` are landed transactions with a price of 0."""

    n_read: int = 0
    n_rejected: int = 0
    n_repaired: int = 0
    n_free: int = 0
    first_day: date | None = None
    last_day: date | None = None

    @property
    def n_landed(self) -> int:
        return self.n_read - self.n_rejected


@dataclass(frozen=True)
class KindRun:
    """The files of one kind after their pass; file numbers are the keys of `files` and `counts`."""

    kind: str
    files: dict[int, SourceFile]
    records: DataFrame
    checked: DataFrame
    counts: dict[int, Counts]
    reasons: Counter


def write_kind(kind: str, files: dict[int, SourceFile], records: DataFrame, today: date, folder: str) -> KindRun:
    """Write the good rows of some files to a folder; the faulty ones are counted by reason."""
    snapshot = kind != "transactions"
    checked = frames.check_snapshot(records, kind) if snapshot else frames.check_transactions(records, today)
    observation = Observation()
    metrics = _metrics(kind, list(files))
    rows = frames.landed(checked.observe(observation, *metrics), kind)
    writer = rows if snapshot else _by_month(rows, sum(file.plain_bytes for file in files.values()))
    writer.write.parquet(folder, compression="zstd", partitionBy=None if snapshot else "t_month")
    counts, reasons = _split(observation.get, files)
    return KindRun(kind, files, records, checked, counts, reasons)


def write_rejected(runs: list[KindRun], folder: str) -> None:
    """Write the faulty rows of several kinds, in the order of the files."""
    names = {file_no: file.name for run in runs for file_no, file in run.files.items()}
    faulty = [frames.rejected(run.checked, run.records, names) for run in runs]
    rows = faulty[0]
    for more in faulty[1:]:
        rows = rows.unionByName(more)
    rows.repartition(1).sortWithinPartitions("file_name", "record_number").write.parquet(folder, compression="zstd")


def _by_month(rows: DataFrame, plain_bytes: int) -> DataFrame:
    # Hashed, not ranged: a range needs a sampling pass, which would also count every row twice in the observation.
    return (
        rows.withColumn("t_month", F.date_format("t_dat", "yyyy-MM"))
        .repartition(1 + plain_bytes // _BYTES_PER_TASK, "t_month")
        .sortWithinPartitions("t_month", *rows.columns)
    )


def _metrics(kind: str, file_nos: list[int]) -> list:
    good = F.col("reason").isNull()
    free = (rules.price() == 0) if kind == "transactions" else F.lit(False)
    day = rules.day("t_dat") if kind == "transactions" else F.lit(None).cast("date")
    per_file = {
        "n_read": lambda mine: F.count_if(mine),
        "n_rejected": lambda mine: F.count_if(mine & ~good),
        "n_repaired": lambda mine: F.count_if(mine & good & frames.is_repaired(kind)),
        "n_free": lambda mine: F.count_if(mine & good & free),
        "first_day": lambda mine: F.min(F.when(mine & good, day)),
        "last_day": lambda mine: F.max(F.when(mine & good, day)),
    }
    of_files = [make(F.col("file_no") == n).alias(f"{n}:{name}") for n in file_nos for name, make in per_file.items()]
    of_reasons = [F.count_if(F.col("reason") == reason).alias(reason) for reason in rules.reasons(kind)]
    return [*of_files, *of_reasons]


def _split(observed: dict, files: dict[int, SourceFile]) -> tuple[dict[int, Counts], Counter]:
    names = Counts.__dataclass_fields__
    counts = {n: Counts(**{name: observed[f"{n}:{name}"] for name in names}) for n in files}
    return counts, Counter({key: n for key, n in observed.items() if ":" not in key and n})
