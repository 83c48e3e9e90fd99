"""Answers as tables for a person, on standard output."""

import sys
from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.table import Table

from hm.plan import Pending
from hm.retention import Item
from warehouse.gates.gate import Gate
from warehouse.serving.lookup import LookupResult
from warehouse.serving.names import ArticleName
from warehouse.serving.runs import PublishedRun
from warehouse.serving.similar import RelatedArticle, SimilarResult

PIPE_WIDTH = 150
"""Columns where standard output is no terminal: a log or a file has room for every column."""

SYNTHETIC = "Synthetic log (look-alike v{}): these figures say that the chain works, nothing about H&M."

# Names of articles and answers of a database go to the terminal as they are: no part of them is markup.
console = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)

ANSWERED_BY = {
    "own": "their own recommendations",
    "segment": "what is popular in their age group (they have no recommendations of their own)",
    "overall": "what is popular with all customers (they have no recommendations of their own and no age group)",
}


def _what(name: ArticleName) -> str:
    parts = [name.product_type_name, name.colour_group_name, name.department_name]
    return ", ".join(part for part in parts if part and part != "Unknown")


def print_lookup(result: LookupResult) -> None:
    """The articles of one customer with the reason for each."""
    console.print(f"Customer {result.customer_id}", soft_wrap=True)
    console.print(f"Run {result.run}, as of {result.as_of_date}; answered by {ANSWERED_BY[result.answered_by]}.")
    table = Table("", "article", "name", "what", "why")
    for article in result.articles:
        name = article.name
        table.add_row(str(article.rank), article.article_id, name.prod_name.strip(), _what(name), article.reason)
    console.print(table)


def _related(title: str, rows: Sequence[RelatedArticle]) -> None:
    if not rows:
        console.print(f"{title}: none known")
        return
    table = Table("", "article", "name", "what", "score", title=title, title_justify="left")
    for row in rows:
        table.add_row(str(row.rank), row.article_id, row.name.prod_name.strip(), _what(row.name), f"{row.score:.3f}")
    console.print(table)


def print_similar(result: SimilarResult) -> None:
    """What to show instead of an article, and what goes with it."""
    console.print(f"{result.article_id} {result.name.prod_name.strip()} ({_what(result.name)}), run {result.run}")
    _related("Instead of it (bought by the same kind of customers)", result.similar)
    _related("With it (bought on the same day)", result.complementary)


def print_runs(found: Sequence[PublishedRun]) -> None:
    """Published runs, newest first."""
    if not found:
        console.print("Nothing is published yet; `hm run FOLDER` ends in a publication.")
        return
    table = Table("run", "as of", "published (UTC)", "customers", "MAP@12", "model", "code", "")
    for run in found:
        verdict = run.metrics.get("verdict")
        score = f"{verdict['full_system']:.4f}" if verdict else ""
        state = "read by all" if run.is_served else "" if run.is_kept else "rows dropped"
        if run.metrics.get("synthetic"):
            version = run.metrics.get("look_alike", "1")
            state = f"{state} (synthetic v{version})".strip()
        when = f"{run.created_at:%Y-%m-%d %H:%M}"
        rows = f"{run.table_rows.get('recommendations', 0):,}"
        table.add_row(str(run.run), str(run.as_of_date), when, rows, score, run.model_run, run.code_version, state)
    console.print(table)


def print_why(pieces: Sequence[Pending]) -> None:
    """Which steps are due, and what changed for them."""
    table = Table("step", "", "what changed")
    for piece in pieces:
        table.add_row(piece.name, "due" if piece.why else "stands", ", ".join(piece.why))
    console.print(table)
    console.print("A step that is due makes those after it due once it has run.")


def print_gates(found: Sequence[Gate], as_of_date: date) -> None:
    """Every gate with what it measured and whether a run passes."""
    table = Table("gate", "value", "bound", "verdict", "", title=f"Gates, as of {as_of_date}", title_justify="left")
    for gate in found:
        value = "" if gate.value is None else f"{gate.value:.4g}"
        table.add_row(gate.name, value, gate.bound, gate.verdict, gate.says, style="bold" if gate.fails else "")
    console.print(table)


def print_retained(found: Sequence[Item], dry_run: bool) -> None:
    """What stays and what goes, each with the reason."""
    table = Table("", "name", "", "why")
    for item in found:
        state = "stays" if item.stays else "would go" if dry_run else "gone"
        table.add_row(item.kind, item.name, state, item.why, style="" if item.stays else "bold")
    console.print(table)
    console.print("Landed rows, features, candidates and recommendations stay by date: later weeks learn from them.")


# -- evaluation ---------------------------------------------------------------------------------------------------------

LADDER = {
    "map_at_12": "MAP@12",
    "recall_at_12": "recall",
    "hit_rate_at_12": "hit rate",
    "map_new_at_12": "MAP new",
}
RANKING = {
    "recall_at_12": "recall",
    "recall_at_100": "recall@100",
    "precision_at_12": "precision",
    "ndcg_at_12": "NDCG@12",
    "hit_rate_at_12": "hit rate",
    "map_list_at_12": "MAP list truth",
    "map_new_at_12": "MAP new",
}
LISTS = {
    "coverage": "coverage",
    "gini": "Gini",
    "popularity_rank": "popularity rank",
    "tail_share": "tail",
    "novelty": "novelty",
    "repeat_share": "repeats",
    "same_product": "same product",
    "map_active_at_12": "MAP active",
    "map_dormant_at_12": "MAP dormant",
    "map_cold_at_12": "MAP cold",
}
POOLED = "pooled"
KINDS = {"baseline": "Baselines", "source": "Single candidate sources", "system": "Full system"}


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value >= 10 else f"{value:.4f}"


def _systems(report: dict) -> list[str]:
    """Systems by kind, then by pooled MAP@12, the best last: a ladder."""
    pooled = [row for row in report["rows"] if row["week"] == POOLED]
    return [r["system"] for r in sorted(pooled, key=lambda r: (list(KINDS).index(r["kind"]), r["map_at_12"]))]


def ladder(report: dict, columns: dict[str, str], kinds: Sequence[str], week: str = POOLED) -> Table:
    """One row per system of these kinds, worst first: figures of a week, or pooled over all.

    With MAP@12 among the columns stand its interval, its paired difference to the best baseline with that one's interval,
    and, where several weeks are pooled, its value in each of them.
    """
    compares = "map_at_12" in columns
    weeks = report["weeks"] if compares and week == POOLED and len(report["weeks"]) > 1 else []
    rows = {(row["system"], row["week"]): row for row in report["rows"]}
    table = Table(title=None if week == POOLED else f"Week from {week}", title_justify="left")
    compared = ("95 % interval", "to best baseline") if compares else ()
    for heading in ("system", *weeks, *columns.values(), *compared):
        table.add_column(heading, no_wrap=heading in ("system", *compared))
    last = None
    for system in _systems(report):
        row = rows.get((system, week))
        if row is None or row["kind"] not in kinds:
            continue
        if last not in (None, row["kind"]):
            table.add_section()
        last = row["kind"]
        per_week = [_figure(rows.get((system, w), {}).get("map_at_12")) for w in weeks]
        figures = [_figure(row[name]) for name in columns]
        style = "bold" if row["kind"] == "system" else ""
        sure = (f"{row['map_low']:.4f}-{row['map_high']:.4f}", _difference(row)) if compares else ()
        table.add_row(system, *per_week, *figures, *sure, style=style)
    return table


def _difference(row: dict) -> str:
    if not row.get("difference"):
        return ""
    return f"{row['difference']:+.4f} [{row['difference_low']:+.4f}, {row['difference_high']:+.4f}]"


def print_verdict(report: dict) -> None:
    """One sentence: how much better than the best baseline, and how sure."""
    verdict = report["verdict"]
    if not verdict:
        return
    console.print(
        f"MAP@12 {verdict['full_system']:.4f}, {_times(verdict['ratio'])} the best baseline "
        f"({verdict['best_baseline']}, {verdict['best_baseline_map']:.4f}); difference {verdict['difference']:+.4f}, "
        f"95 % interval {verdict['difference_low']:+.4f} to {verdict['difference_high']:+.4f}.",
        style="bold",
    )


def _times(ratio: float | None) -> str:
    return "beside" if ratio is None else f"{ratio:.2f} x"


def print_evaluation(report: dict, detail: bool = False, look_alike: str = "") -> None:
    """The quality ladder of an evaluation, the other measures, and what each candidate source brings.

    Args:
        detail: everything also week by week.
        look_alike: version of the look-alike that the log is, and that the figures are labelled with; empty for a real log.
    """
    if look_alike:
        console.print(SYNTHETIC.format(look_alike), style="bold yellow")
    weeks = ", ".join(report["weeks"])
    console.print(f"Weeks from {weeks}; every system is judged on the buyers of the seven days from that day on.")
    shown = [POOLED, *(report["weeks"] if detail and len(report["weeks"]) > 1 else [])]
    for week in shown:
        for columns in ({"map_at_12": "MAP@12"}, RANKING, LISTS):
            console.print(ladder(report, columns, list(KINDS), week))
    console.print(_source_table([row for row in report["sources"] if detail or row["week"] == POOLED]))
    print_verdict(report)


def _source_table(rows: list[dict]) -> Table:
    table = Table("source", "week", "per buyer", "recall", "precision", "lost without it")
    for row in rows:
        figures = [_figure(row[name]) for name in ("recall", "precision", "lost")]
        table.add_row(row["source"], row["week"], f"{row['per_buyer']:.0f}", *figures)
    return table
