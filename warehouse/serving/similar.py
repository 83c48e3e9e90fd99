"""Around one article: what to show instead of it, and what goes with it."""

from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from warehouse.serving import pointer
from warehouse.serving.answers import Answer
from warehouse.serving.errors import UnknownArticleError
from warehouse.serving.names import ArticleName, article_id_of, article_names

_IS_KNOWN = "select count() from articles where run = {run:UInt32} and article_id = {id:String}"
_AROUND = """
select {column:Identifier}, score
from {table:Identifier}
where run = {run:UInt32} and article_id = {id:String}
order by rank
limit {n:UInt32}
"""


@dataclass(frozen=True)
class RelatedArticle(Answer):
    """One article of an answer."""

    rank: int
    article_id: str
    score: float
    name: ArticleName


@dataclass(frozen=True)
class SimilarResult(Answer):
    """Articles around one article, all from one run; a list is empty where the run holds none."""

    article_id: str
    run: int
    as_of_date: date
    name: ArticleName
    similar: list[RelatedArticle]
    complementary: list[RelatedArticle]


def similar(client: Client, article_id: str, n: int = 12) -> SimilarResult:
    """Substitutes and complements of an article, at most `n` each.

    Raises:
        MalformedIdError: not an article id.
        UnknownArticleError: the served run does not know it.
        NothingPublishedError: before the first publication.
    """
    wanted = article_id_of(article_id)
    served = pointer.served(client)
    if not client.query(_IS_KNOWN, parameters={"run": served.run, "id": wanted}).result_rows[0][0]:
        raise UnknownArticleError(f"Article {wanted} is not among the articles of run {served.run}.")
    instead = _around(client, served.run, wanted, "similar_articles", "similar_article_id", n)
    along = _around(client, served.run, wanted, "complementary_articles", "paired_article_id", n)
    names = article_names(client, served.run, [wanted, *(a for a, _ in instead), *(a for a, _ in along)])

    def related(found: list[tuple[str, float]]) -> list[RelatedArticle]:
        return [RelatedArticle(rank, a, score, names[a]) for rank, (a, score) in enumerate(found, start=1)]

    return SimilarResult(wanted, served.run, served.as_of_date, names[wanted], related(instead), related(along))


def _around(client: Client, run: int, article_id: str, table: str, column: str, n: int) -> list[tuple[str, float]]:
    parameters = {"run": run, "id": article_id, "table": table, "column": column, "n": n}
    return client.query(_AROUND, parameters=parameters).result_rows
