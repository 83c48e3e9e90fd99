"""What a person sees: every figure where it belongs, every name as it is."""

import pytest

from hm import show
from warehouse.serving.names import ArticleName

WEEKS = ["2020-09-16", "2020-09-09"]
METRICS = dict.fromkeys((*show.LADDER, *show.RANKING, *show.LISTS), 0.25)


def row(system: str, kind: str, week: str, ap: float, difference: float | None = None) -> dict:
    found = METRICS | {
        "system": system,
        "kind": kind,
        "week": week,
        "map_at_12": ap,
        "map_low": ap - 0.01,
        "map_high": ap + 0.01,
    }
    if difference is not None:
        found |= {"difference": difference, "difference_low": difference - 0.01, "difference_high": difference + 0.01}
    return found


@pytest.fixture
def report() -> dict:
    """Two weeks; one source proposed nothing in the second."""
    rows = [
        *(row("popular", "baseline", week, 0.1, 0.0) for week in (*WEEKS, show.POOLED)),
        *(row("full system", "system", week, 0.3, 0.2) for week in (*WEEKS, show.POOLED)),
        *(row("same_product", "source", week, 0.05, -0.05) for week in (WEEKS[0], show.POOLED)),
    ]
    sources = [
        {"source": "same_product", "week": week, "per_buyer": 7, "recall": 0.1, "precision": 0.2, "lost": 0.01}
        for week in (WEEKS[0], show.POOLED)
    ]
    verdict = {"full_system": 0.3, "best_baseline": "popular", "best_baseline_map": 0.1, "ratio": None, "difference": 0.2}
    verdict |= {"difference_low": 0.19, "difference_high": 0.21}
    return {"weeks": WEEKS, "rows": rows, "sources": sources, "verdict": verdict}


@pytest.fixture
def printed(monkeypatch):
    """Run something that prints, return what it printed."""

    def run(call, *args, **options) -> str:
        with show.console.capture() as capture:
            call(*args, **options)
        return capture.get()

    return run


def test_every_week_the_interval_and_the_paired_difference_are_shown(report, printed):
    text = printed(show.print_evaluation, report)
    (line,) = [line for line in text.splitlines() if "full system" in line and "+0.2000" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        "full system", "0.3000", "0.3000", "0.3000", "0.2900-0.3100", "+0.2000 [+0.1900, +0.2100]",
    ]  # fmt: skip
    for heading in ("NDCG@12", "recall@100", "coverage", "novelty", "repeats", "MAP new", "MAP cold", "lost without it"):
        assert heading in text
    assert "Synthetic" not in text
    assert "Synthetic log (look-alike v2)" in printed(show.print_evaluation, report, look_alike="2")


def test_detail_shows_the_weeks_and_a_source_that_was_silent_in_one(report, printed):
    text = printed(show.print_evaluation, report, detail=True)
    assert "Week from 2020-09-09" in text
    assert "same_product" not in text.split("Week from 2020-09-09")[1].split("source")[0]


def test_names_reach_the_terminal_as_they_are(printed):
    name = ArticleName("MUGS [pack of 3] [/b] :cat:", "Mug", "Red", "Kitchen")
    related = show.RelatedArticle(1, "0100000001", 0.5, name)
    text = printed(show._related, "With it", [related])
    assert "MUGS [pack of 3] [/b] :cat:" in text
