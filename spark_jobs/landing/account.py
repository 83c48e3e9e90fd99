"""The account of a landing: what was read, what can be used and what not, by file, block, reason and day.

It is made before anything is written, so a landing that must not happen is refused at the price of reading the files.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.landing.errors import CountMismatchError, DaysAlreadyLandedError, PriceTotalError, TooManyRejectsError
from spark_jobs.landing.preflight import SourceFile
from spark_jobs.landing.rules import MAX_PRICE_TOTAL, NO_FAULT


@dataclass(frozen=True)
class Counts:
    """Rows of one file; `n_repaired` and `n_free` (a price of 0) are among the landed ones."""

    n_read: int = 0
    n_landed: int = 0
    n_repaired: int = 0
    n_free: int = 0
    first_day: date | None = None
    last_day: date | None = None

    @property
    def n_rejected(self) -> int:
        return self.n_read - self.n_landed


class Account:
    """The rows of `frames.account`, asked."""

    def __init__(self, rows: pa.Table, files: dict[int, SourceFile]):
        self.files = files
        self._rows = rows
        is_landed = pc.is_null(rows["reason"])
        self._landed, self._rejected = rows.filter(is_landed), rows.filter(pc.invert(is_landed))

    def counts(self, file_no: int) -> Counts:
        """The counts of one file."""
        mine = self._landed.filter(pc.equal(self._landed["file_no"], file_no))
        read = self._rows.filter(pc.equal(self._rows["file_no"], file_no))
        days = pc.min_max(mine["t_dat"]).as_py()
        sums = {name: pc.sum(mine[name]).as_py() or 0 for name in ("n_rows", "n_repaired", "n_free")}
        n_read = pc.sum(read["n_rows"]).as_py() or 0
        return Counts(n_read, sums["n_rows"], sums["n_repaired"], sums["n_free"], days["min"], days["max"])

    def reasons(self, file_no: int) -> Counter:
        """Rejected rows of one file by reason."""
        mine = self._rejected.filter(pc.equal(self._rejected["file_no"], file_no))
        found: Counter = Counter()
        for reason, n in zip(mine["reason"].to_pylist(), mine["n_rows"].to_pylist(), strict=True):
            found[reason] += n
        return found

    def days(self, file_no: int | None = None) -> pa.Table:
        """t_dat and n_rows landed, ascending by day."""
        rows = self._landed.filter(pc.is_valid(self._landed["t_dat"]))
        if file_no is not None:
            rows = rows.filter(pc.equal(rows["file_no"], file_no))
        sums = rows.group_by("t_dat").aggregate([("n_rows", "sum")])
        return sums.rename_columns(["t_dat", "n_rows"]).sort_by("t_dat")

    def blocks(self) -> pa.Table:
        """One row per block of a file: what to add to a row_id there to get the record's number in the file."""
        blocks = self._rows.group_by(["file_no", "block"]).aggregate([("n_rows", "sum"), ("first_row_id", "min")])
        rows, n_before, file_no = [], 0, None
        for row in blocks.sort_by([("file_no", "ascending"), ("block", "ascending")]).to_pylist():
            n_before = n_before if row["file_no"] == file_no else 0
            file_no = row["file_no"]
            offset = n_before - row["first_row_id_min"] + 1
            rows.append((file_no, row["block"], self.files[file_no].name, offset))
            n_before += row["n_rows_sum"]
        return pa.table([list(column) for column in zip(*rows, strict=True)], names=BLOCK_COLUMNS)

    def check_shares(self, max_reject_share: float) -> None:
        """Stop a landing of which too much cannot be used.

        Raises:
            TooManyRejectsError: with the counts and the reasons of the worst file.
        """
        for n, file in self.files.items():
            n_read, faults = self.counts(n).n_read, self.reasons(n)
            for reason in NO_FAULT:
                del faults[reason]
            if faults.total() > max_reject_share * n_read:
                top = "; ".join(f"{reason}: {count:,}" for reason, count in faults.most_common(3))
                raise TooManyRejectsError(
                    f"{file.name}: {faults.total():,} of {n_read:,} rows cannot be used ({top}), "
                    f"more than the allowed {max_reject_share:.1%}; mend the file, or allow more with --max-reject-share."
                )

    def check_price_total(self, landed_before: Decimal) -> None:
        """Refuse prices whose total, with what was landed before, no sum of the marts could hold.

        Raises:
            PriceTotalError: naming the file that brings the most.
        """
        by_file = {n: self._price_total(n) for n in self.files}
        total, most = landed_before + sum(by_file.values()), max(by_file, key=by_file.__getitem__)
        if by_file[most] and total > MAX_PRICE_TOTAL:
            raise PriceTotalError(
                f"{self.files[most].name}: its prices add up to {by_file[most]:,.0f}, all prices to {total:,.0f}; sums hold "
                f"no more than {MAX_PRICE_TOTAL:,}: give all prices in a larger unit (thousands, say)."
            )

    def _price_total(self, file_no: int) -> Decimal:
        mine = self._landed.filter(pc.equal(self._landed["file_no"], file_no))
        return pc.sum(mine["price_total"]).as_py() or Decimal(0)

    def check_days(self, landed_before: set[date]) -> None:
        """Refuse days that an earlier landing brought.

        Raises:
            DaysAlreadyLandedError: naming the file and the days.
        """
        for n, file in self.files.items():
            again = sorted(set(self.days(n)["t_dat"].to_pylist()) & landed_before)
            if again:
                raise DaysAlreadyLandedError(
                    f"{file.name} holds days that were landed before ({day_ranges(again)}); "
                    "land it with --replace-days to let it replace them."
                )

    @property
    def n_rejected(self) -> int:
        """Rows of all files that cannot be used."""
        return pc.sum(self._rejected["n_rows"]).as_py() or 0

    def n_landed(self, kind: str) -> int:
        """Rows of all files of a kind that can be used."""
        return sum(self.counts(n).n_landed for n, file in self.files.items() if file.kind == kind)


def check_written(table: str, n_expected: int, n_written: int) -> None:
    """Hold a written folder against the account: rows read = rows landed + rows rejected, always.

    Raises:
        CountMismatchError: they differ.
    """
    if n_expected != n_written:
        raise CountMismatchError(f"{table}: {n_expected:,} rows were to be written and {n_written:,} were; land again.")


BLOCK_COLUMNS = ["file_no", "block", "file_name", "row_id_offset"]


def day_ranges(days: list[date]) -> str:
    """Ascending days in words, runs of days as `first to last`."""
    runs: list[list[date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return ", ".join(words[:10]) + (f" and {len(words) - 10} more ranges" if len(words) > 10 else "")
