"""The ML engineers' answers as tables, on standard output."""

from rich.table import Table

from hm.show import SYNTHETIC, console
from models.explain import Explanation, GroupContribution, Opinion, Scoring

SHOWN_FEATURES = 3
"""Features of a group in the table; --json has all."""
NEGLIGIBLE = 0.0005
"""A contribution that would print as zero."""


def print_explanation(found: Explanation, synthetic: bool = False) -> None:
    """What becomes of an article for a customer, what the sources say of it, and what made its score."""
    if synthetic:
        console.print(SYNTHETIC, style="bold yellow")
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
