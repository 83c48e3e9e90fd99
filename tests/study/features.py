"""Features of proposals from a file: a cell that changes the ranker, or who proposes, joins no marts again."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from hm.plan import RANKING_CODE
from models.evaluation.metrics import codes
from models.ranking.features import ArticleSide, Features
from models.ranking.groups import SourceOpinions, find
from models.ranking.layout import Layout
from models.ranking.proposals import Proposals
from models.ranking.score import ROWS_AT_A_TIME, slices_of_whole_customers
from tests.study.log import StudiedLog, save
from warehouse.stamps import code_stamp, digest

KEPT_RANK = 48
"""Pairs that some source ranks so well are kept with their features; others are joined when they are asked for."""


@dataclass(frozen=True)
class DayFeatures:
    """Features of pairs as of a date, under any candidate sources.

    The sources' opinions are made from the proposals; everything else hangs on customer, article and date only.
    """

    log: StudiedLog
    day: date

    @cached_property
    def layout(self) -> Layout:
        """The product's layout over all dates that are built."""
        return Layout.learn(self.log.tables, self.log.log.articles, self.log.dates, ())

    def open(self, sources: tuple[str, ...]) -> "Opened":
        """For proposals of these sources."""
        return Opened(self, SourceOpinions(sources))

    @cached_property
    def _kept(self) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """(codes ascending, features, names) of the product's better candidates."""
        told = digest(KEPT_RANK, self.log.stamp, code_stamp(RANKING_CODE))
        file = self.log.folder / "features" / f"{self.day}-{told}"
        if not file.with_suffix(".npz").exists():
            blocks = self.log.stored(self.day)
            proposals = Proposals.gather(blocks.items(), tuple(blocks), self.n_articles).within(KEPT_RANK)
            made = self._made(proposals)
            file.parent.mkdir(parents=True, exist_ok=True)
            shape = (len(proposals), len(made.names))
            # The names come last: without them the matrix does not count, however far it got.
            out = np.lib.format.open_memmap(file.with_suffix(".npy"), "w+", np.float32, shape)
            for rows in slices_of_whole_customers(proposals.customer, ROWS_AT_A_TIME):
                made.matrix(proposals.where(rows), out[rows])
            out.flush()
            save(file.with_suffix(".npz"), {"codes": self._codes(proposals), "names": np.array(made.names)})
        with np.load(file.with_suffix(".npz")) as kept:
            names = tuple(kept["names"].tolist())
            return kept["codes"], np.load(file.with_suffix(".npy"), mmap_mode="r"), names

    @property
    def n_articles(self) -> int:
        return len(self.log.log.articles)

    @property
    def names(self) -> tuple[str, ...]:
        return self._kept[2]

    def fill(self, proposals: Proposals, out: np.ndarray) -> None:
        """Write the features of every proposal but the sources' opinions."""
        known, values, _ = self._kept
        place = find(known, self._codes(proposals))
        out[place >= 0] = values[place[place >= 0]]
        new = np.flatnonzero(place < 0)
        if len(new):
            rest = proposals.where(new)
            out[new] = self._made(rest).matrix(rest)

    def _made(self, proposals: Proposals) -> Features:
        side = ArticleSide.open(self.log.tables, self.log.log, self.day, self.layout)
        whole = side.of(np.unique(proposals.customer))
        return Features(whole.groups[1:], whole.categorical)

    def _codes(self, proposals: Proposals) -> np.ndarray:
        return codes(proposals.customer, proposals.article, self.n_articles)


@dataclass(frozen=True)
class Opened:
    """What the product's scorer asks of features: names, and a matrix of proposals."""

    day: DayFeatures
    opinions: SourceOpinions

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.opinions.names, *self.day.names)

    def matrix(self, proposals: Proposals, out: np.ndarray | None = None) -> np.ndarray:
        """float32 proposals × features."""
        out = np.empty((len(proposals), len(self.names)), np.float32) if out is None else out
        width = len(self.opinions.names)
        self.opinions.fill(proposals, out[:, :width])
        self.day.fill(proposals, out[:, width:])
        return out
