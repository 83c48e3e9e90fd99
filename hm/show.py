"""Answers as tables for a person, on standard output."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from hm.plan import Pending
from warehouse.serving.lookup import LookupResult
from warehouse.serving.names import ArticleName
from warehouse.serving.runs import PublishedRun
from warehouse.serving.similar import RelatedArticle, SimilarResult

console = Console(highlight=False)

ANSWERED_BY = {
    "own": "their own recommendations",
    "segment": "what is popular in their age group (they have no recommendations of their own)",
    "overall": "what is popular with all customers (the customer is not known)",
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
        verdict = run.metrics.get("verdict", {})
        score = f"{verdict['full_system']:.4f}" if verdict else ""
        state = "read by all" if run.is_served else "" if run.is_kept else "rows dropped"
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
