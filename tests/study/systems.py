"""What a cell may be: the full system with something changed, or a source of lists on its own. Plain, frozen, hashable."""

from dataclasses import asdict, dataclass
from typing import Literal

from models.ranking import RankerConfig
from warehouse.calendar import TRAIN_WEEKS

PRODUCT = RankerConfig()
FOLDS = 5


@dataclass(frozen=True)
class Negatives:
    """Which candidates that were not bought the ranker learns from.

    Attributes:
        how: random: a share of all, drawn by a hash of ids, as the product does; linear, exponential: the same share of each
            customer's, drawn more often the nearer they are by ALS (see `tests.study.negatives`).
        share: share kept.
    """

    how: Literal["random", "linear", "exponential"] = "random"
    share: float = PRODUCT.negative_share


@dataclass(frozen=True)
class System:
    """The full system; the defaults are the product's.

    Attributes:
        without: candidate sources left out.
        only: candidate sources kept; empty keeps all.
        deepest_rank: candidates no source ranked at least so well are left out, in learning and in scoring.
        depth: candidates per source, times the product's.
        replaced: (source, variant of `tests.study.sources.VARIANTS` that proposes in its place).
        repeats: whether what the customer bought may be recommended.
        on_sale_days: candidates must have sold in so many days before the date; 0 does not ask.
        weeks: label weeks learned from.
        objectives: LightGBM's; one model per objective and seed.
        seeds: of LightGBM.
        blend: scores: the product's mean of raw scores; ranks: mean of the ranks that the models give a candidate.
        negatives: which candidates that were not bought are learned from.
        folds: 0 learns from the weeks before the judged one. 5: group cross-validation, the judged week is learned from too,
            from the four fifths of the customers that are not judged.
    """

    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    deepest_rank: int = PRODUCT.deepest_rank
    depth: float = 1.0
    replaced: tuple[tuple[str, str], ...] = ()
    repeats: bool = True
    on_sale_days: int = 0
    weeks: int = TRAIN_WEEKS
    objectives: tuple[str, ...] = PRODUCT.objectives
    seeds: tuple[int, ...] = PRODUCT.seeds
    blend: Literal["scores", "ranks"] = "scores"
    negatives: Negatives = Negatives()
    folds: int = 0

    @property
    def config(self) -> RankerConfig:
        """The product's settings with the changed ones; `model_copy` lets LightGBM's other objectives pass."""
        share = self.negatives.share
        told = {"deepest_rank": self.deepest_rank, "negative_share": share, "seeds": self.seeds}
        return PRODUCT.model_copy(update=told | {"objectives": self.objectives})


@dataclass(frozen=True)
class Alone:
    """One source, asked for 100 articles per buyer, without the ranker.

    Attributes:
        source: a name of `tests.study.sources.VARIANTS`.
    """

    source: str


@dataclass(frozen=True)
class Cell:
    """One row of the study.

    Attributes:
        id: unique; what the command is asked for.
        change: what is not the product's, in words.
        what: what is fitted and judged.
    """

    id: str
    change: str
    what: System | Alone

    @property
    def config(self) -> dict[str, object]:
        """What the result depends on, JSON-able: neither the id nor the words."""
        what = asdict(self.what)
        if isinstance(self.what, System):
            what["product"] = self.what.config.model_dump(mode="json")
        return {"kind": type(self.what).__name__, **what}


@dataclass(frozen=True)
class Group:
    """Cells that answer one question.

    Attributes:
        name: short, unique.
        question: what is asked.
        reference: id of the cell that the differences are taken to.
        cells: the reference among them, where its row is to be seen.
        weeks: judged weeks, the latest; fewer where fewer are built.
    """

    name: str
    question: str
    reference: str
    cells: tuple[Cell, ...]
    weeks: int = 2
