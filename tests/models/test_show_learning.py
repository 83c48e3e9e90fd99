"""What an ML engineer sees: every figure where it belongs, the verdict last."""

from dataclasses import replace
from datetime import date

import pytest

from hm import show, show_learning
from models.compare import Comparison, Difference
from models.explain import Contribution, Explanation, GroupContribution, Opinion, Scoring


@pytest.fixture
def printed():
    """Run something that prints, return the lines it printed."""

    def run(call, *args, **options) -> list[str]:
        with show.console.capture() as capture:
            call(*args, **options)
        return capture.get().splitlines()

    return run


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("│").split("│")]


def row(scope: str, label: str, difference: float, width: float = 0.001) -> Difference:
    return Difference(scope, label, 1200, 0.2, 0.2 + difference, difference, difference - width, difference + width)


COMPARISON = Comparison(
    "full system",
    "without source:ridge",
    ["2020-09-16"],
    [row("pooled", "pooled", -0.005), row("activity", "active", 0.002), row("activity", "cold", 0.0005)],
    {"candidate sources": (["ridge"], []), "parameter n_trees": (60, None)},
    "without source:ridge is worse by -0.0050",
)
EXPLANATION = Explanation(
    "c1",
    "0108775015",
    date(2020, 9, 23),
    "2020-09-23-abc",
    "shown",
    "Rank 1 of 90: among the 12 that are shown.",
    {"prod_name": "Strap top", "colour_group_name": "Black"},
    history="Bought 5 days ago",
    rank=1,
    n_ranked=90,
    score=1.5,
    agrees=True,
    sources=(
        Opinion("popular", 60, None, None, "it would be number 143; the first 60 are taken"),
        Opinion("ridge", 80, 7, 0.1234, ""),
    ),
    scoring=Scoring(
        base=-0.5,
        shift=0,
        models=["binary-1"],
        groups=[
            GroupContribution(
                "own",
                2.0,
                [
                    Contribution("own.n_lines", 3.0, 1.0),
                    Contribution("own.days_since_last", None, 0.6),
                    *(Contribution(f"own.{i}", 1.0, 0.2) for i in range(2)),
                ],
            ),
            GroupContribution("rfm", 0.0, [Contribution("rfm.monetary", 9.0, 0.0001)]),
        ],
    ),
)


def test_both_sides_stand_beside_their_difference_and_whether_it_is_sure(printed):
    lines = printed(show_learning.print_comparison, COMPARISON)
    rows = [cells(line) for line in lines if line.startswith("│")]
    assert rows == [
        ["all", "", "1,200", "0.2000", "0.1950", "-0.0050", "-0.0060 to -0.0040", "worse"],
        ["activity", "active", "1,200", "0.2000", "0.2020", "+0.0020", "+0.0010 to +0.0030", "better"],
        ["", "cold", "1,200", "0.2000", "0.2005", "+0.0005", "-0.0005 to +0.0015", ""],
    ]
    assert "candidate sources: A ridge, B none more" in lines
    assert "parameter n_trees: A 60, B not said" in lines
    assert lines[-1] == COMPARISON.verdict


def test_what_is_missed_most_stands_first(printed):
    spared = replace(COMPARISON, b="without features:rfm", rows=[row("pooled", "pooled", 0.0002)])
    lines = printed(show_learning.print_left_out, [spared, COMPARISON], look_alike="2")
    rows = [cells(line) for line in lines if line.startswith("│")]
    assert [(line[0], line[-1]) for line in rows] == [
        ("without source:ridge", "missed"),
        ("without features:rfm", "no difference seen"),
    ]
    assert "MAP@12 of the full system 0.2000" in lines[1]
    assert "Synthetic" in lines[0]


def test_an_explanation_names_the_sources_then_the_largest_contributions(printed):
    lines = printed(show_learning.print_explanation, EXPLANATION)
    assert lines[1:4] == [
        "Article  0108775015 Strap top (Black)",
        "As of 2020-09-23, model 2020-09-23-abc. Bought 5 days ago.",
        EXPLANATION.says,
    ]
    rows = [cells(line) for line in lines if line.startswith("│")]
    assert rows == [
        ["ridge", "7 of 80", "0.1234", ""],
        ["popular", "", "", "it would be number 143; the first 60 are taken"],
        ["own", "", "", "+2.000"],
        ["", "own.n_lines", "3", "+1.000"],
        ["", "own.days_since_last", "no row", "+0.600"],
        ["", "own.0", "1", "+0.200"],
        ["", "1 more", "", "+0.200"],
    ]
    assert lines[-1].startswith(
        "Score 1.500 = -0.500 (the average candidate learned from) +2.000 (all features). SHAP values"
    )


def test_a_table_that_says_otherwise_and_a_score_below_the_shortlist_are_told(printed):
    odd = replace(EXPLANATION, agrees=False, scoring=replace(EXPLANATION.scoring, shift=-3.0), score=-1.5)
    text = "\n".join(printed(show_learning.print_explanation, odd))
    assert "recs.recommendations says otherwise" in text
    assert "-3.000 (below the shortlist, which all models scored)" in text


def test_what_is_absent_has_no_table_of_contributions(printed):
    absent = replace(EXPLANATION, outcome="never sold", says="Nobody bought it.", sources=(), scoring=None, history=None)
    lines = printed(show_learning.print_explanation, absent)
    assert lines[2:] == ["As of 2020-09-23, model 2020-09-23-abc.", "Nobody bought it."]


def test_leaks_are_told_beside_chance_and_by_name(printed):
    found = {"weeks": ["2020-09-16"], "full": 0.2, "shuffled": [0.02, 0.04], "random": 0.03, "low": -0.01, "high": 0.01}
    found |= {"above_chance": False, "gain": {"own.n_lines": 0.16, "rank.ridge": 0.1}, "alarm": ""}
    lines = printed(show_learning.print_leaks, found, look_alike="2")
    assert "Synthetic log (look-alike v2)" in lines[0]
    assert cells(lines[6])[1:] == ["0.0300", "2 models, 0.0200 to 0.0400"]
    assert lines[-3:] == [
        "Shuffled labels against random: +0.0000, 95 % interval -0.0100 to +0.0100: no better than chance.",
        "Largest shares of the gain: own.n_lines 16%, rank.ridge 10%.",
        "No feature carries the model.",
    ]
    wrong = found | {"above_chance": True, "alarm": "feature own.soon carries 81% of the model's gain"}
    lines = printed(show_learning.print_leaks, wrong)
    assert "ABOVE CHANCE" in lines[-3]
    assert lines[-1].startswith("ALARM: feature own.soon carries 81%")


def test_the_price_of_variety_stands_beside_what_it_buys(printed):
    figures = dict.fromkeys(show_learning.VARIETY, 0.5) | {"popularity_rank": 182.4}
    as_ranked = {"max_per_product": 0, "diversity": 0.0, "map_at_12": 0.2, "difference": 0.0, "low": 0.0, "high": 0.0}
    capped = {"max_per_product": 2, "diversity": 0.0, "map_at_12": 0.19, "difference": -0.01, "low": -0.02, "high": -0.001}
    lines = printed(show_learning.print_prices, {"weeks": ["2020-09-16"], "rows": [as_ranked | figures, capped | figures]})
    rows = [cells(line) for line in lines if line.startswith("│")]
    assert rows[0][:5] == ["any", "0", "0.2000", "", ""]
    assert rows[1][:5] == ["2", "0", "0.1900", "-0.0100", "-0.0200 to -0.0010"]
    assert "182" in rows[1]


def test_a_search_ends_in_the_command_that_judges_it(printed):
    history = [
        {"trial": n, "state": "complete", "map_at_12": v, "params": {"n_trees": 60 + n}} for n, v in enumerate((0.2, 0.3))
    ]
    history.append({"trial": 2, "state": "pruned", "map_at_12": None, "params": {"n_trees": 9}})
    against = {"base": 0.2, "best": 0.3, "difference": 0.1, "low": 0.05, "high": 0.15}
    told = {"weeks": ["2020-09-09"], "trials": 3, "judged_weeks_unseen": ["2020-09-16"], "against_built_in": against}
    found = {"config": {"n_trees": 61}, "history": history, "provenance": told, "file": "tuned.json"}
    lines = printed(show_learning.print_tuned, found)
    rows = [cells(line) for line in lines if line.startswith("│")]
    assert rows == [["1", "0.3000", "61"], ["0", "0.2000", "60"]]
    assert "interval +0.0500 to +0.1500" in " ".join(lines)
    assert lines[-1].strip() == "HM_RANKER_CONFIG=tuned.json .venv/bin/hm evaluate --weeks 1"
