"""Every cell of the study, by question. A cell is what it changes; the product's own settings are the defaults."""

import re
from collections.abc import Sequence
from dataclasses import replace

from models import candidates
from tests.study.sources import ALS
from tests.study.systems import FOLDS, Alone, Cell, Group, Negatives, System

DEFAULT = Cell("default", "the product", System())


def full(name: str, change: str, **changed) -> Cell:
    """The full system with a change."""
    return Cell(name, change, replace(DEFAULT.what, **changed))


POLICY = Group(
    "policy",
    "Whom does the ranker serve better than a segment's best sellers? By days since the last purchase before the week.",
    "default",
    (
        DEFAULT,
        Cell("policy-segment", "best sellers of age, channel and index group (`popular_segment`)", Alone("segment")),
        Cell("policy-own-age", "own history by 1/days, then best sellers at the age", Alone("own, then age")),
        Cell("policy-own-segment", "own history by 1/days, then `popular_segment`", Alone("own, then segment")),
        Cell("policy-popular", "best sellers by 1/days, the same for all", Alone("popular")),
        Cell("policy-age", "best sellers at the age", Alone("age")),
        Cell("policy-postal", "best sellers in the postal area", Alone("postal area")),
        Cell("policy-rfm", "best sellers in the RFM segment", Alone("rfm")),
        Cell("policy-channel", "best sellers in the channel", Alone("channel")),
    ),
    weeks=4,
)

LEFT_OUT = Group(
    "left-out",
    "What is lost without a source?",
    "default",
    (DEFAULT, *(full(f"without-{name}", f"without {name}", without=(name,)) for name in candidates.SOURCES)),
)

ALONE = Group(
    "alone",
    "What does a source find alone, asked for 100 articles?",
    "alone-repurchase",
    tuple(Cell(f"alone-{name}", name, Alone(name)) for name in candidates.SOURCES),
)

PRODUCTS_ALS = "96 factors, 3 iterations, window 60 days, exp(-days/60), customers folded in: the product's"


def plain(name: str) -> str:
    """A name that can be typed."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


FACTORS = Group(
    "als",
    "ALS as a source alone: window, decay, factors, iterations, tf-idf, fold-in, purchase counts or binary.",
    "als",
    tuple(Cell(plain(f"als {n}") if n != "als" else n, PRODUCTS_ALS if n == "als" else n, Alone(n)) for n in ALS),
)

INSIDE = Group(
    "als-inside",
    "What does another ALS bring to the full system, as its source `user_cf`?",
    "default",
    (
        DEFAULT,
        *(
            full(plain(f"inside {name}"), f"user_cf: {name}", replaced=(("user_cf", name),))
            for name in ("tf-idf of the decayed lines", "decay 1/days", "window 30 days", "no decay", "no fold-in")
        ),
    ),
)

CANDIDATES = Group(
    "candidates",
    "How many candidates, may they repeat, must they be on sale?",
    "default",
    (
        DEFAULT,
        *(full(f"deepest-{n}", f"best rank in any source at most {n}", deepest_rank=n) for n in (12, 36, 48, 1000)),
        full("depth-half", "half the candidates per source", depth=0.5),
        full("depth-double", "twice the candidates per source", depth=2.0),
        full("no-repeats", "what was bought is never recommended", repeats=False),
        *(full(f"sold-{n}", f"sold in the last {n} days", on_sale_days=n) for n in (7, 14, 28, 56)),
    ),
)

WEEKS = Group(
    "weeks",
    "How many label weeks are worth learning from?",
    "default",
    (DEFAULT, *(full(f"weeks-{n}", f"{n} label week{'s' * (n > 1)}", weeks=n) for n in (1, 2, 4, 6, 10))),
)

NEGATIVES = Group(
    "negatives",
    "Which candidates that were not bought teach most?",
    "default",
    (
        DEFAULT,
        full("negatives-all", "all of them", negatives=Negatives("random", 1.0)),
        *(
            full(f"negatives-random-{share}", f"{share:.0%} of them, drawn at random", negatives=Negatives("random", share))
            for share in (0.25, 0.1, 0.03)
        ),
        *(
            full(
                f"negatives-{how}-{share}", f"{share:.0%}, nearer by ALS more often, {how}", negatives=Negatives(how, share)
            )
            for how in ("linear", "exponential")
            for share in (0.5, 0.1)
        ),
    ),
)

OBJECTIVES = Group(
    "objectives",
    "Which loss, and which blend?",
    "default",
    (
        DEFAULT,
        full("binary", "binary alone", objectives=("binary",)),
        full("lambdarank", "lambdarank alone", objectives=("lambdarank",)),
        full("xendcg", "rank_xendcg alone", objectives=("rank_xendcg",)),
        full("binary-xendcg", "binary and rank_xendcg", objectives=("binary", "rank_xendcg")),
        full("three", "binary, lambdarank and rank_xendcg", objectives=("binary", "lambdarank", "rank_xendcg")),
        full("ranks", "binary and lambdarank, blended by rank", blend="ranks"),
        full("one-seed", "one seed per objective", seeds=(1,)),
        full("four-seeds", "four seeds per objective", seeds=(1, 2, 3, 4)),
    ),
)

SEEDS = Group(
    "seeds",
    "How far do two other seeds take the product?",
    "default",
    (DEFAULT, *(full(f"seeds-{a}-{a + 1}", f"seeds {a} and {a + 1}", seeds=(a, a + 1)) for a in (3, 5, 7, 9))),
)

SPLITS = Group(
    "splits",
    "Group cross-validation over customers beside the split by time, on the same buyers.",
    "default",
    (
        DEFAULT,
        full("folds-5", "5-fold group cross-validation: the week itself is learned from, from other customers", folds=FOLDS),
        full("time-7", "split by time, the same 7 weeks without the judged one", weeks=7),
    ),
)

GROUPS = (POLICY, ALONE, FACTORS, OBJECTIVES, NEGATIVES, SPLITS, WEEKS, CANDIDATES, LEFT_OUT, INSIDE, SEEDS)
"""In the order of the run and of the page."""

TELLING = (
    *("default", "policy-segment", "policy-own-age", "alone-repurchase", "alone-ridge", "alone-user_cf", "binary"),
    *("lambdarank", "negatives-all", "negatives-exponential-0.5", "weeks-4", "no-repeats", "sold-28"),
    *("without-repurchase", "without-ridge"),
)
"""What a log gets that is too large for all cells."""


def chosen(groups: Sequence[Group], cells: Sequence[str] = ()) -> list[Group]:
    """The groups with these cells only; all without any, `telling` for those of TELLING."""
    wanted = TELLING if list(cells) == ["telling"] else cells
    if not wanted:
        return list(groups)
    return [replace(group, cells=tuple(c for c in group.cells if c.id in wanted)) for group in groups]
