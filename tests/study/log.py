"""One log under study: a warehouse that `hm run` has filled, and what the cells share of it, kept as files by date."""

import re
import time
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from hm.plan import CANDIDATE_CODE, EVALUATION_CODE
from infra.errors import UserError
from infra.settings import REPO, get_settings
from models.candidates.base import CandidateBlock, CatalogueMarts, Context, context_of
from models.candidates.stored import StoredCandidates
from models.evaluation.week import Week
from models.interactions import Interactions
from models.ranking.sampling import Sampler
from models.ranking.train import label_weeks
from tests.study.sources import VARIANTS
from warehouse import landings
from warehouse.calendar import TRAIN_WEEKS
from warehouse.hive.catalogue import Catalogue
from warehouse.stamps import Stamps, code_stamp, digest

HERE = Path(__file__).parent
SOURCE_CODE = [*CANDIDATE_CODE, REPO / "models" / "baselines.py", HERE / "sources.py"]
"""What the articles of a source depend on."""
RESULT_CODE = [
    *EVALUATION_CODE,
    *(HERE / f"{name}.py" for name in ("sources", "features", "negatives", "fitting", "judging")),
]
"""What a result depends on, besides the cell's settings."""
STORED = "recs.candidates"


class NotBuiltError(UserError):
    """The state folder holds no finished chain to study."""


@dataclass(frozen=True)
class StudiedLog:
    """A log under study.

    Attributes:
        name: what it is called in the tables and the words.
        home: state folder (HM_HOME) of a finished `hm run`.
        num_threads: LightGBM's threads.
    """

    name: str
    home: Path
    num_threads: int = 2

    # -- the warehouse ------------------------------------------------------------------------------------------------

    @cached_property
    def settings(self):
        return get_settings().model_copy(update={"home": self.home.resolve()})

    @cached_property
    def tables(self) -> Catalogue:
        return Catalogue(self.settings)

    @cached_property
    def log(self) -> Interactions:
        return Interactions.from_catalogue(self.tables)

    @cached_property
    def sampler(self) -> Sampler:
        return Sampler.of(self.log, 1.0)

    @cached_property
    def look_alike(self) -> str:
        """Version of the look-alike where the log is synthetic, else ''."""
        return landings.look_alike(self.tables)

    @cached_property
    def stamp(self) -> str:
        """Hash of what is in the warehouse: landed files, and by their stamps features and candidates of every date."""
        files = sorted(self.tables.read("raw.landings", ["sha256"])["sha256"].to_pylist())
        stamps = Stamps(self.settings)
        made = {name: stamps.get(name) for name in stamps.names() if name.startswith(("build:", "candidates:"))}
        return digest(files, made)

    @cached_property
    def code(self) -> str:
        """Hash of the code that a result depends on."""
        return code_stamp(RESULT_CODE)

    @property
    def folder(self) -> Path:
        """Where results and shared files of the study are kept."""
        return self.settings.root / "study"

    # -- dates --------------------------------------------------------------------------------------------------------

    @cached_property
    def dates(self) -> list[date]:
        """Dates with candidates, ascending."""
        return self.tables.as_of_dates(STORED)

    def judged(self, weeks: int) -> list[date]:
        """The latest weeks that have the product's label weeks before them, latest first, at most so many.

        Raises:
            NotBuiltError: there is none.
        """
        found = [d for d in self.dates if self.has_weeks(d, TRAIN_WEEKS)]
        if not found:
            raise NotBuiltError(
                f"{self.home} holds no week to judge on; `HM_HOME={self.home} hm run FOLDER --weeks 2` makes it."
            )
        return found[-weeks:][::-1]

    def has_weeks(self, day: date, weeks: int) -> bool:
        """Whether the label weeks before a day are built."""
        return set(label_weeks(day, weeks)) <= set(self.dates)

    @lru_cache(maxsize=8)  # noqa: B019 - a log lives as long as the study
    def week(self, day: date) -> Week:
        """A judged week."""
        return Week(self.log, day)

    @lru_cache(maxsize=2)  # noqa: B019
    def context(self, day: date, repeats: bool = True) -> Context:
        """What sources may see as of a date."""
        return context_of(self.log, day, CatalogueMarts(self.tables, day), allow_repeats=repeats)

    # -- candidates ---------------------------------------------------------------------------------------------------

    @lru_cache(maxsize=12)  # noqa: B019
    def stored(self, day: date) -> dict[str, CandidateBlock]:
        """The product's candidates of a date, by source."""
        return StoredCandidates.open(self.tables, self.log, day).everyones(self.log.labels(day).customer)

    def block(self, source: str, day: date, k: int, repeats: bool = True) -> CandidateBlock:
        """k articles of a source for each of a week's buyers; fitted once and kept as a file."""
        with np.load(self._block_file(source, day, k, repeats)) as kept:
            return CandidateBlock(*(kept[name] for name in ("customer", "article", "rank", "score")))

    def took(self, source: str, day: date, k: int, repeats: bool = True) -> tuple[float, float]:
        """(seconds, processor seconds) of fitting a source and asking it."""
        with np.load(self._block_file(source, day, k, repeats)) as kept:
            return tuple(kept["took"].tolist())

    def _block_file(self, source: str, day: date, k: int, repeats: bool) -> Path:
        told = digest(source, day, k, repeats, self.stamp, code_stamp(SOURCE_CODE))
        file = self.folder / "candidates" / f"{_plain(source)}-{day}-{told}.npz"
        if not file.exists():
            context, buyers, begun = self.context(day, repeats), self.log.labels(day).customer, clocks()
            found = VARIANTS[source]().fit(context).generate(buyers, k)
            save(file, vars(found) | {"took": clocks() - begun})
        return file


def clocks() -> np.ndarray:
    """Wall clock and processor time of all threads, seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def save(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Arrays as one file that appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{time.time_ns()}.npz")
    np.savez(fresh, **arrays)
    fresh.replace(file)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", name)
