"""The ML engineers' answers as tables, on standard output."""

from collections.abc import Sequence

from rich.table import Table

from hm.show import LISTS, SYNTHETIC, console
from models.compare import POOLED, Comparison, Difference
from models.explain import Explanation, GroupContribution, Opinion, Scoring

SHOWN_FEATURES = 3
"""Features of a group in the table; --json has all."""
NEGLIGIBLE = 0.0005
"""A contribution that would print as zero."""


def print_explanation(found: Explanation, look_alike: str = "") -> None:
    """What becomes of an article for a customer, what the sources say of it, and what made its score."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    console.print(f"Customer {found.customer_id}", soft_wrap=True)
    what = ", ".join(name for name in list(found.names.values())[1:] if name != "Unknown")
    console.print(f"Article  {found.article_id} {found.names.get('prod_name', '')}{f' ({what})' if what else ''}".rstrip())
    console.print(f"As of {found.as_of_date}, model {found.run_id}.{f' {found.history}.' if found.history else ''}")
    console.print(found.says, style="bold", soft_wrap=True)
    if found.agrees is False:
        console.print(
            "recs.recommendations says otherwise: other code or another model made it; `hm recommend` makes it anew.",
            style="bold yellow",
        )
    if found.sources:
        console.print(_opinions(found.sources))
    if found.scoring:
        console.print(_contributions(found.scoring))
        console.print(_sum(found.scoring, found.score), soft_wrap=True)


def _opinions(sources: tuple[Opinion, ...]) -> Table:
    table = Table("source", "rank", "score", "why not")
    for one in sorted(sources, key=lambda o: (o.rank is None, o.rank or 0)):
        rank, score = ("", "") if one.rank is None else (f"{one.rank} of {one.takes}", f"{one.score:.4g}")
        table.add_row(one.source, rank, score, one.says)
    return table


def _contributions(scoring: Scoring) -> Table:
    table = Table("feature group", "feature", "value", "adds to the score")
    table.columns[3].justify = "right"
    for group in scoring.groups:
        if abs(group.contribution) < NEGLIGIBLE and abs(group.features[0].contribution) < NEGLIGIBLE:
            continue
        table.add_row(group.group, "", "", f"{group.contribution:+.3f}", style="bold")
        for cells in _features(group):
            table.add_row("", *cells)
    return table


def _features(group: GroupContribution) -> list[tuple[str, str, str]]:
    """The largest of a group, and the sum of the rest."""
    first, rest = group.features[:SHOWN_FEATURES], group.features[SHOWN_FEATURES:]
    rows = [
        (f.feature, "no row" if f.value is None else f"{f.value:.6g}", f"{f.contribution:+.3f}")
        for f in first
        if abs(f.contribution) >= NEGLIGIBLE
    ]
    more = sum(f.contribution for f in rest)
    return [*rows, (f"{len(rest)} more", "", f"{more:+.3f}")] if abs(more) >= NEGLIGIBLE else rows


def _sum(scoring: Scoring, score: float) -> str:
    """How the parts become the score."""
    parts = sum(group.contribution for group in scoring.groups)
    shift = "" if not scoring.shift else f" {scoring.shift:+.3f} (below the shortlist, which all models scored)"
    return (
        f"Score {score:.3f} = {scoring.base:.3f} (the average candidate learned from) {parts:+.3f} (all features){shift}. "
        f"SHAP values of {', '.join(scoring.models)}: averaged over the seeds of an objective, then over the objectives, "
        "as the scores are."
    )


# -- comparisons --------------------------------------------------------------------------------------------------------

MARKS = {1: "better", 0: "", -1: "worse"}
"""Of B, where the interval lies on one side of zero."""


def print_comparison(found: Comparison, look_alike: str = "") -> None:
    """Both sides' MAP@12 on all buyers, by week and by segment, what differs in them, and the verdict."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    console.print(f"A: {found.a}", soft_wrap=True)
    console.print(f"B: {found.b}", soft_wrap=True)
    console.print(f"Weeks from {', '.join(found.weeks)}; segments as they were before each week.")
    table, last = Table("buyers who are", "", "buyers", "MAP@12 of A", "of B", "B - A", "95 % interval", "B is"), None
    for row in found.rows:
        if last not in (None, row.scope):
            table.add_section()
        scope = "" if row.scope == last else "all" if row.scope == POOLED else row.scope
        label, last = "" if row.scope == POOLED else row.label, row.scope
        table.add_row(scope, label, f"{row.buyers:,}", f"{row.a:.4f}", f"{row.b:.4f}", *_paired(row), MARKS[row.sign])
    console.print(table)
    console.print(f"Of {len(found.rows)} intervals about one in twenty misses its truth by chance: the first row decides.")
    for name, (a, b) in found.differs.items():
        console.print(f"{name}: A {_told(a)}, B {_told(b)}", soft_wrap=True)
    if not found.differs:
        console.print("The runs tell no difference between the two: same code, features, sources, parameters.")
    console.print(found.verdict, style="bold", soft_wrap=True)


def print_left_out(found: Sequence[Comparison], look_alike: str = "") -> None:
    """One row per part left out, the one missed most first."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    full = found[0].pooled
    console.print(f"Weeks from {', '.join(found[0].weeks)}; MAP@12 of the full system {full.a:.4f}, {full.buyers:,} buyers.")
    table = Table("", "MAP@12", "to the full system", "95 % interval", "")
    words = {1: "better without it", 0: "no difference seen", -1: "missed"}
    for one in sorted(found, key=lambda c: c.pooled.difference):
        table.add_row(one.b, f"{one.pooled.b:.4f}", *_paired(one.pooled), words[one.pooled.sign])
    console.print(table)
    console.print("Each alone is left out; two that stand in for each other may both seem dispensable.")


def _paired(row: Difference) -> tuple[str, str]:
    return f"{row.difference:+.4f}", f"{row.low:+.4f} to {row.high:+.4f}"


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none more"
    return "not said" if value is None else str(value)


# -- re-ranking ---------------------------------------------------------------------------------------------------------

VARIETY = ("same_product", "coverage", "gini", "popularity_rank", "tail_share", "novelty", "repeat_share")


def print_prices(found: dict, look_alike: str = "") -> None:
    """MAP@12 and what the lists are like, per setting of the knobs."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    console.print(f"Weeks from {', '.join(found['weeks'])}; the same models' lists, moved within what is kept.")
    headings = [LISTS[name] for name in VARIETY]
    table = Table("per product", "diversity", "MAP@12", "to as ranked")
    table.add_column("95 % interval", no_wrap=True)
    for heading in headings:
        table.add_column(heading)
    for row in found["rows"]:
        is_moved = row["max_per_product"] or row["diversity"]
        paired = (f"{row['difference']:+.4f}", f"{row['low']:+.4f} to {row['high']:+.4f}") if is_moved else ("", "")
        figures = [f"{row[name]:.0f}" if name == "popularity_rank" else f"{row[name]:.3f}" for name in VARIETY]
        knobs = (str(row["max_per_product"] or "any"), f"{row['diversity']:g}")
        table.add_row(*knobs, f"{row['map_at_12']:.4f}", *paired, *figures)
    console.print(table)


# -- tuning -------------------------------------------------------------------------------------------------------------

BEST_TRIALS = 8


def print_tuned(found: dict, look_alike: str = "") -> None:
    """The best trials, the best one against the built-in settings, and how to judge it."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    told, best = found["provenance"], [t for t in found["history"] if t["state"] == "complete"]
    best = sorted(best, key=lambda t: -t["map_at_12"])[:BEST_TRIALS]
    table = Table("trial", "MAP@12", *found["config"])
    for one in best:
        values = [f"{v:.3g}" if isinstance(v, float) else str(v) for v in one["params"].values()]
        table.add_row(str(one["trial"]), f"{one['map_at_12']:.4f}", *values)
    console.print(table)
    to, weeks = told["against_built_in"], ", ".join(told["weeks"])
    console.print(
        f"Best of {told['trials']} trials {to['best']:.4f}, built in {to['base']:.4f} (weeks from {weeks}): "
        f"{to['difference']:+.4f}, interval {to['low']:+.4f} to {to['high']:+.4f}, which the choice of the best flatters.",
        soft_wrap=True,
    )
    unseen = told["judged_weeks_unseen"]
    console.print(f"No trial saw the weeks from {', '.join(unseen)}; they judge it:", soft_wrap=True)
    console.print(f"  HM_RANKER_CONFIG={found['file']} .venv/bin/hm evaluate --weeks {len(unseen)}", soft_wrap=True)


# -- leaks --------------------------------------------------------------------------------------------------------------


def print_leaks(found: dict, look_alike: str = "") -> None:
    """What shuffled labels teach, beside chance, and the features that carry the model."""
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    console.print(f"Weeks from {', '.join(found['weeks'])}; all three order the same candidates.")
    table = Table("order of the candidates", "MAP@12", "")
    table.add_row("the full system", f"{found['full']:.4f}", "")
    mean = sum(found["shuffled"]) / len(found["shuffled"])
    spread = f"{len(found['shuffled'])} models, {min(found['shuffled']):.4f} to {max(found['shuffled']):.4f}"
    table.add_row("learned from shuffled labels", f"{mean:.4f}", spread)
    table.add_row("random", f"{found['random']:.4f}", "")
    console.print(table)
    words = "ABOVE CHANCE: something tells the labels" if found["above_chance"] else "no better than chance"
    interval = f"{found['low']:+.4f} to {found['high']:+.4f}"
    console.print(f"Shuffled labels against random: {mean - found['random']:+.4f}, 95 % interval {interval}: {words}.")
    first = ", ".join(f"{name} {share:.0%}" for name, share in list(found["gain"].items())[:3])
    console.print(f"Largest shares of the gain: {first}.")
    said = found["alarm"]
    console.print(f"ALARM: {said}." if said else "No feature carries the model.", style="bold", soft_wrap=True)
