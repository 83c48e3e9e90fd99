"""Train a ranker for a date, on whole label weeks that end before it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from infra.errors import UserError
from models.candidates.stored import StoredCandidates
from models.interactions import LABEL_DAYS, Interactions
from models.ranking.boosters import fit_boosters, gains
from models.ranking.config import RankerConfig
from models.ranking.layout import Layout
from models.ranking.leaks import alarm, shuffled
from models.ranking.learning_set import LearningSet, learning_set
from models.ranking.leave_out import blank, kept_sources
from models.ranking.lists import SHOWN
from models.ranking.marts import Tables
from models.ranking.run import Run


class NothingToLearnError(UserError):
    """No customer bought any of the candidates in any of the label weeks."""


class TooFewArticlesError(UserError):
    """Fewer articles were ever sold than a list shows."""


def label_weeks(as_of_date: date, weeks: int) -> list[date]:
    """As-of dates of the label weeks, latest first; the latest ends where the unseen begins."""
    return [as_of_date - timedelta(days=LABEL_DAYS * k) for k in range(1, weeks + 1)]


def train(
    catalogue: Tables,
    as_of_date: date,
    *,
    weeks: int = 8,
    run_dir: Path,
    config: RankerConfig | None = None,
    log: Interactions | None = None,
    stamps: dict[str, object] | None = None,
    code_version: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Run:
    """Learn from the `weeks` label weeks before a date and keep the run; nothing of `as_of_date` or later is looked at.

    Args:
        run_dir: folder of the run; its name is the run's id. An old run of that name is replaced.
        log: the log, where the caller holds it already.
        stamps: what the inputs were, kept with the run.

    Raises:
        MissingDataError: a week's candidates or features are not there.
        TooFewArticlesError: fewer than 12 articles were sold before the date.
        NothingToLearnError: no label week has a candidate that was bought.
        UnknownPartError: what is to be left out is not there, or nothing would be left.
    """
    config = config or RankerConfig()
    log = (log or Interactions.from_catalogue(catalogue)).before(as_of_date)
    if len(log.sold) < SHOWN:
        raise TooFewArticlesError(
            f"Only {len(log.sold)} articles were sold before {as_of_date} and a list shows {SHOWN}; land a log with more."
        )
    dates = label_weeks(as_of_date, weeks)
    sources = kept_sources(sources_of(catalogue, log, dates), config.without_sources)
    layout = Layout.learn(catalogue, log.articles, dates, sources)
    data = learning_set(catalogue, log, dates, layout, config)
    blank(data, config.without_features)
    check_learnable(data, dates)
    if config.shuffle_labels is not None:
        data = shuffled(data, config.shuffle_labels)
    boosters = fit_boosters(data, list(layout.vocabularies), config, progress)
    gain = gains(boosters, data.names)
    if told := alarm(gain):
        progress(f"ALARM: {told}")
    run = Run(
        run_id=run_dir.name,
        as_of_date=as_of_date,
        weeks=tuple(dates),
        features=data.names,
        layout=layout,
        config=config,
        metrics={"weeks": data.counts, "gain": gain, "alarm": told},
        stamps=stamps or {},
        code_version=code_version,
        boosters=boosters,
    )
    run.save(run_dir)
    return run


def sources_of(tables: Tables, log: Interactions, dates: list[date]) -> tuple[str, ...]:
    """Names of the sources whose candidates are stored for any of the weeks, ascending."""
    return tuple(sorted({name for d in dates for name in StoredCandidates.open(tables, log, d).sources}))


def check_learnable(data: LearningSet, dates: list[date]) -> None:
    """That there is something to learn.

    Raises:
        NothingToLearnError: there is not.
    """
    if not data.bought.any():
        raise NothingToLearnError(
            f"Nobody bought any candidate in the label weeks {min(dates)} to {max(dates)}: "
            f"land more weeks, or choose a later date."
        )
