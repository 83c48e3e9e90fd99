"""Around one article: what to show instead of it, and what goes with it."""

from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from warehouse.serving import pointer
from warehouse.serving.answers import Answer
from warehouse.serving.errors import UnknownArticleError
from warehouse.serving.names import ArticleName, article_id_of
from warehouse.serving.shelf import ASKING, Shelf

SUBSTITUTES, COMPLEMENTS = "similar_articles", "complementary_articles"
_COLUMNS = {SUBSTITUTES: "similar_article_id", COMPLEMENTS: "paired_article_id"}

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


@dataclass(frozen=True)
class AroundResult(Answer):
    """One kind of articles around one article, all from one run; empty where the run holds none."""

    article_id: str
    run: int
    as_of_date: date
    name: ArticleName
    articles: list[RelatedArticle]


def similar(client: Client, article_id: str, n: int = 12) -> SimilarResult:
    """Substitutes and complements of an article, at most `n` each.

    Raises:
        MalformedIdError: not an article id.
        UnknownArticleError: the served run does not know it.
        NothingPublishedError: before the first publication.
    """
    served = pointer.served(client)
    instead = _answer(client, served, SUBSTITUTES, article_id, n, ASKING)
    along = _answer(client, served, COMPLEMENTS, instead.article_id, n, ASKING)
    return SimilarResult(instead.article_id, instead.run, instead.as_of_date, instead.name, instead.articles, along.articles)


def around(client: Client, kind: str, article_id: str, n: int = 12, shelf: Shelf = ASKING) -> AroundResult:
    """`SUBSTITUTES` or `COMPLEMENTS` of an article, at most `n`.

    Raises:
        MalformedIdError, UnknownArticleError, NothingPublishedError: as `similar`.
    """
    served = pointer.served(client)
    shelf.saw(served.run)
    return _answer(client, served, kind, article_id, n, shelf)


def _answer(client: Client, served: pointer.Pointer, kind: str, article_id: str, n: int, shelf: Shelf) -> AroundResult:
    wanted = article_id_of(article_id)
    if not client.query(_IS_KNOWN, parameters={"run": served.run, "id": wanted}).result_rows[0][0]:
        raise UnknownArticleError(f"Article {wanted} is not among the articles of run {served.run}.")
    parameters = {"run": served.run, "id": wanted, "table": kind, "column": _COLUMNS[kind], "n": n}
    found = client.query(_AROUND, parameters=parameters).result_rows
    names = shelf.names(client, served.run, [wanted, *(other for other, _ in found)])
    articles = [RelatedArticle(rank, a, score, names[a]) for rank, (a, score) in enumerate(found, start=1)]
    return AroundResult(wanted, served.run, served.as_of_date, names[wanted], articles)
