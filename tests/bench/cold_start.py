"""MAP@12 of customers' first purchases: the cold-start model, beside what sells to all and to their age group.

    python -m tests.bench.cold_start FOLDER [--weeks 4] [--skip 0]

FOLDER holds three CSV files, as for `hm run`; nothing is landed or built.
"""

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from models.baselines import BASELINES
from models.candidates.base import CandidateBlock, TableMarts, context_of
from models.candidates.select import slices, top_of_dense
from models.cold_start import ColdStart
from models.decay import reciprocal
from models.evaluation.intervals import mean_interval
from models.evaluation.metrics import per_buyer
from models.interactions import Interactions, Truth, day_number

AGE_GROUP = "popular in the age group"


class AgeGroups:
    """What sells in the customer's age group (five years), lines weighted by 1 / age in days: segment-popular."""

    def fit(self, context):
        """Weigh the lines before the date."""
        log = context.log
        years = log.customers.attributes["age"].combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False)
        self.group = np.where(years < 0, 0, np.clip(years // 5, 3, 14) - 2).astype(int)
        weight = reciprocal(day_number(context.as_of) - log.day) * log.n_lines
        cell = self.group[log.customer] * log.shape[1] + log.article
        self.sold = np.bincount(cell, weight, 13 * log.shape[1]).reshape(13, -1).astype(np.float32)
        return self

    def generate(self, customers: np.ndarray, k: int) -> CandidateBlock:
        """The best sellers of each one's group."""
        every = np.arange(self.sold.shape[1])
        parts = slices(customers, self.sold.shape[1])
        return CandidateBlock.concat(top_of_dense(part, self.sold[self.group[part]], k, every) for part in parts)


SYSTEMS = {
    "popular last week": BASELINES["popular last week"].make,
    "popular decayed": BASELINES["popular decayed"].make,
    AGE_GROUP: AgeGroups,
    "cold start, age alone": lambda: ColdStart(prior=1e12),
    "cold start": ColdStart,
}


def read_log(folder: Path) -> Interactions:
    """The log of three CSV files, with the columns that dim_customers has."""
    texts = dict.fromkeys(("customer_id", "article_id", "FN", "Active", "age", "postal_code"), pa.string())
    how = {
        "convert_options": csv.ConvertOptions(column_types=texts | {"t_dat": pa.date32()}),
        "parse_options": csv.ParseOptions(newlines_in_values=True),
    }
    files = [next(folder.glob(f"{name}.csv*")) for name in ("transactions_train", "customers", "articles")]
    rows, customers, articles = (csv.read_csv(file, **how) for file in files)
    age = pc.cast(pc.if_else(pc.equal(customers["age"], ""), pa.scalar(None, pa.string()), customers["age"]), pa.float64())
    customers = customers.set_column(customers.column_names.index("age"), "age", age)
    customers = customers.rename_columns([{"FN": "fn", "Active": "active"}.get(c, c) for c in customers.column_names])
    return Interactions.from_arrow(rows.select(["t_dat", "customer_id", "article_id"]), customers, articles)


def cold_truth(log: Interactions, as_of: date) -> Truth:
    """What the week's buyers bought who had bought nothing before."""
    truth = log.labels(as_of)
    cold = ~np.isin(truth.customer, log.before(as_of).buyers)
    keep = np.repeat(cold, truth.n_articles)
    start = np.append(0, np.cumsum(truth.n_articles[cold]))
    return Truth(truth.customer[cold], start, truth.article[keep], truth.n_lines[keep])


def judged(source, log: Interactions, as_of: date, truth: Truth) -> np.ndarray:
    """Average precision of every buyer of the truth."""
    context = context_of(log, as_of, TableMarts({}))
    return per_buyer(source.fit(context).generate(truth.customer, 12), truth, len(log.articles))["map_at_12"]


def table(log: Interactions, weeks: list[date]) -> str:
    """Markdown: MAP@12 of every system, and its paired difference to the age group's best sellers."""
    truths = {week: cold_truth(log, week) for week in weeks}
    who = np.concatenate([truth.customer for truth in truths.values()])
    found = {n: np.concatenate([judged(make(), log, w, t) for w, t in truths.items()]) for n, make in SYSTEMS.items()}
    rows = [f"{len(who):,} cold buyers, weeks from {', '.join(map(str, weeks))}", ""]
    rows += ["| system | MAP@12 | to the age group's | 95 % interval |", "|---|---|---|---|"]
    for name, precision in found.items():
        to = mean_interval(who, precision - found[AGE_GROUP])
        rows.append(f"| {name} | {precision.mean():.4f} | {to.mean:+.4f} | {to.low:+.4f} to {to.high:+.4f} |")
    return "\n".join(rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--skip", type=int, default=0, help="leave out so many of the last weeks")
    told = parser.parse_args()
    log = read_log(told.folder)
    ago = range(told.skip + 1, told.skip + told.weeks + 1)
    print(table(log, [log.next_day - timedelta(days=7 * w) for w in ago]))


if __name__ == "__main__":
    main()
