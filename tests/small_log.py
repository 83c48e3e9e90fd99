"""A small synthetic log for chains that run whole: every table gets rows, no step takes long."""

import csv
from pathlib import Path

from warehouse.lookalike import generate

CUSTOMERS, SEED = "1200", 7
FIRST_DAY = "2020-07-01"
"""Twelve of the look-alike's hundred weeks: the months before only cost time, a partition each in every table by month."""

AS_OF = ("2020-08-12", "2020-08-27")
"""Dates in the middle, for who needs one that neither the chain nor the other one builds."""


def small_log(folder: Path) -> Path:
    """Write three CSV files, the transactions cut to the last weeks; returns the folder."""
    generate(folder, scale=CUSTOMERS, seed=SEED, progress=lambda line: None)
    file = folder / "transactions_train.csv"
    with file.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([header, *(row for row in rows if row[header.index("t_dat")] >= FIRST_DAY)])
    return folder
