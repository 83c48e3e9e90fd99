"""Which settings find more: a grid on earlier weeks, the chosen ones beside simple rules on later weeks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import product
from typing import Protocol

import numpy as np

from models.candidates.base import CandidateBlock, Context, Marts, context_of
from models.evaluation.intervals import Bootstrap
from models.interactions import Interactions
from models.item_to_item.categories import category_of, sales_of, sales_place
from models.item_to_item.complements import Complements, Cosines, FittedComplements
from models.item_to_item.questions import Questions, instead_of_it, with_it
from models.item_to_item.substitutes import Substitutes

SHOWN = 12


class Fitted(Protocol):
    """What answers."""

    def generate(self, articles: np.ndarray, k: int) -> CandidateBlock: ...


class Model(Protocol):
    """Settings (a dataclass) that become an answering model on what was seen before a date."""

    def fit(self, context: Context) -> Fitted: ...


Ask = Callable[[Interactions, date, np.ndarray], Questions]

SUBSTITUTES_GRID = tuple(
    Substitutes(behaviour, power, within)
    for behaviour, power, within in product(
        (0.0, 0.25, 0.5, 0.75, 1.0), (0.0, 0.25, 0.5, 1.0), ("product_type_name", "product_group_name", None)
    )
)
COMPLEMENTS_GRID = tuple(
    Complements(power, prior, rare, popular)
    for power, prior, (rare, popular) in product(
        (0.0, 0.5, 1.0, 2.0), (0.0, 0.1, 1.0, 10.0), ((0.0, 1.0), (0.25, 1.0), (0.5, 1.0), (0.0, 0.99), (0.25, 0.99))
    )
)


@dataclass(frozen=True)
class BestOfKind:
    """What sells best of the article's own kind: the rule that substitutes must beat."""

    def fit(self, context: Context) -> FittedComplements:
        kind = category_of(context.log.articles)
        sales = sales_of(context.log, context.as_of)
        nothing = Cosines(*(np.zeros(0, np.int32),) * 2, np.zeros(0))
        return FittedComplements(kind, np.eye(kind.max() + 1), sales, sales > 0, nothing)


@dataclass(frozen=True)
class Question:
    """One of the two questions: how it is asked, what is tried, and what it is compared with.

    Attributes:
        simple: rules that need no setting, by name; the first one is what the others are compared with.
    """

    name: str
    ask: Ask
    grid: tuple[Model, ...]
    simple: Mapping[str, Model]


QUESTIONS = (
    Question(
        "instead of it",
        instead_of_it,
        SUBSTITUTES_GRID,
        {
            "best sellers of the same kind": BestOfKind(),
            "ALS, any article": Substitutes(1.0, 0.0, None),
            "ALS, same kind": Substitutes(1.0, 0.0),
            "content, same kind": Substitutes(0.0, 0.0),
            "the product": Substitutes(),
        },
    ),
    Question(
        "with it",
        with_it,
        COMPLEMENTS_GRID,
        {
            "shared baskets alone": Complements(0.0, 0.0, rare=0.0),
            "best sellers of other kinds": Complements(0.0, 1e6, rare=0.0),
            "best sellers of the usual kinds": Complements(1.0, 1e6, rare=0.0),
            "the product": Complements(),
        },
    ),
)


@dataclass(frozen=True)
class Asked:
    """The questions of one week and what may be seen before it."""

    context: Context
    questions: Questions
    sales_place: np.ndarray
    """Per article: share of the articles on sale that sell less, 0 to 1; NaN where it is not on sale."""

    @classmethod
    def of(cls, question: Question, log: Interactions, as_of: date, context: Context) -> "Asked":
        return cls(context, question.ask(log, as_of, category_of(log.articles)), sales_place(sales_of(context.log, as_of)))


def asked(question: Question, log: Interactions, days: Iterable[date], marts: Callable[[date], Marts]) -> list[Asked]:
    """The questions of some weeks."""
    return [Asked.of(question, log, day, context_of(log, day, marts(day))) for day in days]


def judged(models: Mapping[str, Model], weeks: Sequence[Asked]) -> list[dict]:
    """One row per model, on the questions of all weeks; differences are to the first one, paired, intervals by customer.

    Returns:
        name, settings, map_at_12, difference, low, high, recall_at_12, hit_rate_at_12, coverage (of the articles on sale),
        popularity (median place in the sales of what is shown, 1 = best seller), answered (share of questions with a list).
    """
    told = {name: [_on(model, week) for week in weeks] for name, model in models.items()}
    precision = np.column_stack([np.concatenate([w["map_at_12"] for w, _ in rows]) for rows in told.values()])
    customer = np.concatenate([week.questions.customer for week in weeks])
    intervals = Bootstrap(customer).intervals(precision - precision[:, [0]])
    return [
        {"name": name, "settings": asdict(models[name]), "map_at_12": float(column.mean()), "difference": to.mean}
        | {"low": to.low, "high": to.high}
        | {f: float(np.concatenate([w[f] for w, _ in rows]).mean()) for f in ("recall_at_12", "hit_rate_at_12")}
        | {f: float(np.mean([figures[f] for _, figures in rows])) for f in rows[0][1]}
        for (name, rows), column, to in zip(told.items(), precision.T, intervals, strict=True)
    ]


def _on(model: Model, week: Asked) -> tuple[Mapping[str, np.ndarray], dict[str, float]]:
    articles = np.unique(week.questions.asked)
    lists = model.fit(week.context).generate(articles, SHOWN)
    return week.questions.score(lists, len(week.context.log.articles)), _figures(lists, week)


def _figures(lists: CandidateBlock, week: Asked) -> dict[str, float]:
    on_sale = np.count_nonzero(~np.isnan(week.sales_place))
    shown = week.sales_place[lists.article]
    return {
        "coverage": len(np.unique(lists.article)) / max(on_sale, 1),
        "popularity": float(np.nanmedian(shown)) if len(shown) else float("nan"),
        "answered": float(np.isin(week.questions.asked, lists.customer).mean()) if len(week.questions) else float("nan"),
    }


def searched(question: Question, weeks: Sequence[Asked]) -> list[dict]:
    """The whole grid, best MAP@12 first; rows as `judged`."""
    rows = judged({str(i): model for i, model in enumerate(question.grid)}, weeks)
    return sorted(rows, key=lambda row: -row["map_at_12"])
