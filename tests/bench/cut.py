"""Parts of a log as folders of CSV files: days, or a share of the customers; streamed, values as they stand in the file."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pcsv

from tests.bench.log import Log

Keep = Callable[[pa.RecordBatch], np.ndarray]
NAMES = {"articles": "articles.csv", "customers": "customers.csv", "transactions": "transactions_train.csv"}


def days(first: date | None, end: date | None) -> Keep:
    """Purchases with first <= day < end."""

    def keep(batch: pa.RecordBatch) -> np.ndarray:
        day = batch["t_dat"].to_numpy(zero_copy_only=False).astype("U10")
        return (day >= str(first or "")) & (day < str(end or "9"))

    return keep


def customers(one_in: int) -> Keep:
    """Rows of one customer in so many, drawn by a hash of the id."""

    def keep(batch: pa.RecordBatch) -> np.ndarray:
        return pd.util.hash_array(batch["customer_id"].to_pandas().to_numpy(), categorize=False) % one_in == 0

    return keep


def part(log: Log, folder: Path, kept: dict[str, Keep | None]) -> Path:
    """Write the files that are named, each with the rows it keeps (None: the file as it is); made once.

    The look-alike's own marker comes along, so that a part of a synthetic log is told as one.
    """
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for kind, keep in kept.items():
            file = folder / NAMES[kind]
            file.symlink_to(log.files[kind]) if keep is None else _filtered(log.files[kind], file, keep)
        if log.look_alike:
            shutil.copy(log.folder / "LOOKALIKE.json", folder)
        (folder / "done").touch()
    return folder


def _filtered(source: Path, to: Path, keep: Keep) -> None:
    with source.open() as stream:
        names = stream.readline().strip().replace('"', "").split(",")
    texts = pcsv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False)
    # Days, ids and numbers need no quotes; texts of customers may.
    style = pcsv.WriteOptions(quoting_style="none" if "t_dat" in names else "needed", include_header=False)
    with to.open("wb") as out, pcsv.open_csv(source, convert_options=texts) as reader:
        out.write((",".join(names) + "\n").encode())
        with pcsv.CSVWriter(out, reader.schema, write_options=style) as writer:
            for batch in reader:
                writer.write(batch.filter(pa.array(keep(batch))))
