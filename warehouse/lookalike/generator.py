"""Generate a synthetic look-alike of the H&M log: three CSV files in Kaggle's schema."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from warehouse.lookalike import calibration as cal
from warehouse.lookalike.articles import ARTICLE_COLUMNS, article_ids, article_rows
from warehouse.lookalike.baskets import Shop
from warehouse.lookalike.catalogue import TYPE_SEASON, Catalogue, build_catalogue
from warehouse.lookalike.customers import Customers, build_customers, customers_table
from warehouse.lookalike.demand import Demand, Week
from warehouse.lookalike.draws import Draws
from warehouse.lookalike.files import MARKER, README, check_free, opened, staged, write_header, write_plain, write_quoted
from warehouse.lookalike.prices import price_texts, visit_factors, week_cents
from warehouse.lookalike.scales import LookalikeError, Scale, scale_of
from warehouse.lookalike.styles import styles_for
from warehouse.lookalike.visits import Visits, build_visits

DEFAULT_SEED = 20_200_922
TRANSACTION_COLUMNS = ("t_dat", "customer_id", "article_id", "price", "sales_channel_id")
_ROWS_PER_WRITE = 250_000
_NOTE = """SYNTHETIC DATA. A look-alike of the H&M purchase log (Kaggle, 2022), drawn at random by `hm generate`.
No row comes from a real customer. Behaviour is calibrated to published facts about the real log; figures measured here are
figures of the look-alike. Version {version}, scale {scale}, seed {seed}.
"""


@dataclass(frozen=True)
class GeneratedLog:
    """What was generated: counts, seconds and the three files."""

    version: str
    scale: str
    seed: int
    rows: int
    customers: int
    articles: int
    seconds: float
    articles_path: Path
    customers_path: Path
    transactions_path: Path


@dataclass(frozen=True)
class _Batch:
    """Lines of a few days, in the order they are written."""

    day: np.ndarray
    customer: np.ndarray
    article: np.ndarray
    cents: np.ndarray
    channel: np.ndarray


def generate(
    out: Path,
    *,
    scale: str | int = "small",
    seed: int = DEFAULT_SEED,
    compress: bool = False,
    progress: Callable[[str], None] = print,
) -> GeneratedLog:
    """Write articles.csv, customers.csv and transactions_train.csv of a synthetic look-alike.

    Args:
        out: folder; a look-alike already there is replaced, other CSVs are not touched.
        scale: small, medium, full, or a number of customers.
        seed: the same seed gives the same bytes on any machine.
        compress: write .csv.gz (the content is the same).
        progress: called with one line per step.

    Raises:
        LookalikeError: unknown scale or seed, or the folder holds somebody else's log.
    """
    started, size = time.monotonic(), scale_of(scale)
    if not 0 <= seed < 2**63:
        raise LookalikeError(f"The seed is {seed}; it must be 0 or a positive number below 2**63.")
    check_free(out)
    what = f"synthetic look-alike v{cal.VERSION} ({size.name}, seed {seed})"
    progress(f"{what}: {size.customers:,} customers, {size.articles:,} articles, {size.rows:,} rows")
    with staged(out) as stage:
        styles = styles_for(size.articles)
        catalogue = build_catalogue(size.articles, styles, seed)
        customers = build_customers(size.customers, styles, seed)
        paths = [_write_articles(stage, catalogue, seed, compress), _write_customers(stage, customers, seed, compress)]
        paths.append(_write_transactions(stage, catalogue, customers, size, seed, compress, progress))
        _write_notes(stage, size, seed)
    seconds = time.monotonic() - started
    progress(f"{what}: written to {out} in {seconds:.1f} s")
    files = [out / path.name for path in paths]
    return GeneratedLog(cal.VERSION, size.name, seed, size.rows, size.customers, size.articles, seconds, *files)


def _write_articles(stage: Path, catalogue: Catalogue, seed: int, compress: bool) -> Path:
    with opened(stage, "articles", compress) as (path, file):
        write_quoted(file, ARTICLE_COLUMNS, article_rows(catalogue, seed))
    return path


def _write_customers(stage: Path, customers: Customers, seed: int, compress: bool) -> Path:
    table = customers_table(customers, seed)
    with opened(stage, "customers", compress) as (path, file):
        write_header(file, table.column_names)
        write_plain(file, table)
    return path


def _write_transactions(
    stage: Path,
    catalogue: Catalogue,
    customers: Customers,
    size: Scale,
    seed: int,
    compress: bool,
    progress: Callable[[str], None],
) -> Path:
    visits = build_visits(size.customers, size.rows, seed)
    with opened(stage, "transactions_train", compress) as (path, file):
        write_header(file, TRANSACTION_COLUMNS)
        write = _Writer(file, catalogue, customers)
        told = done = 0
        for batch in _batches(_days(catalogue, customers, visits, seed)):
            write(batch)
            done += len(batch.day)
            if done * 10 // size.rows > told:
                told = done * 10 // size.rows
                progress(f"  synthetic transactions: {done:,} of {size.rows:,}")
    return path


class _Writer:
    """Turns numbers into the five columns of text and appends them."""

    def __init__(self, file: BinaryIO, catalogue: Catalogue, customers: Customers) -> None:
        self._file, self._customer_ids = file, customers.identifier
        self._article_ids, self._prices = pa.array(article_ids(catalogue)), price_texts()
        self._days = pa.array([(cal.FIRST_DAY + timedelta(days=d)).isoformat() for d in range(cal.DAYS)])

    def __call__(self, batch: _Batch) -> None:
        columns = [
            self._days.take(pa.array(batch.day)),
            self._customer_ids.take(pa.array(batch.customer)),
            self._article_ids.take(pa.array(batch.article)),
            self._prices.take(pa.array(batch.cents)),
            pa.array(batch.channel),
        ]
        write_plain(self._file, pa.table(columns, names=list(TRANSACTION_COLUMNS)))


def _days(catalogue: Catalogue, customers: Customers, visits: Visits, seed: int) -> Iterator[_Batch]:
    """The lines of each day, by customer."""
    styles = styles_for(len(catalogue))
    shop = Shop(catalogue, customers, styles, seed)
    demand = Demand(catalogue, styles.total, TYPE_SEASON, seed)
    for day, part in visits.days():
        if day % 7 == 0:
            week = demand.week(day // 7)
            cents = week_cents(catalogue.cents, week.life, day // 7 - catalogue.launch_week, day // 7)
        yield _day(shop, week, cents, day, visits.customer[part], visits.rows[part], customers, seed)


def _day(
    shop: Shop,
    week: Week,
    cents: np.ndarray,
    day: int,
    customer: np.ndarray,
    rows: np.ndarray,
    customers: Customers,
    seed: int,
) -> _Batch:
    visit, article = shop.day(day, week, customer, rows)
    draws = Draws(seed, 41, day)
    online = draws.chance(len(customer), customers.online[customer])
    paid = np.maximum(1, cents[article] * visit_factors(len(customer), draws)[visit] // 1000)
    return _Batch(np.full(len(visit), day), customer[visit], article, paid, (1 + online.astype(np.int64))[visit])


def _batches(days: Iterator[_Batch]) -> Iterator[_Batch]:
    """Days joined until a batch is worth writing."""
    held: list[_Batch] = []
    for batch in days:
        held.append(batch)
        if sum(len(b.day) for b in held) >= _ROWS_PER_WRITE:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(held: list[_Batch]) -> _Batch:
    names = ("day", "customer", "article", "cents", "channel")
    return _Batch(*(np.concatenate([getattr(b, name) for b in held]) for name in names))


def _write_notes(stage: Path, size: Scale, seed: int) -> None:
    facts = {"synthetic": True, "version": cal.VERSION, "scale": size.name, "seed": seed}
    counts = {"customers": size.customers, "articles": size.articles, "rows": size.rows}
    (stage / MARKER).write_text(json.dumps(facts | counts, indent=1) + "\n")
    (stage / README).write_text(_NOTE.format(version=cal.VERSION, scale=size.name, seed=seed))
