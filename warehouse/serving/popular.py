"""What a segment buys most."""

from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from warehouse.serving import pointer
from warehouse.serving.answers import Answer
from warehouse.serving.errors import UnknownSegmentError
from warehouse.serving.shelf import ASKING, EVERYONE, Segment, Shelf
from warehouse.serving.similar import RelatedArticle


@dataclass(frozen=True)
class PopularResult(Answer):
    """Popular articles of a segment, all from one run."""

    run: int
    as_of_date: date
    segment: Segment
    articles: list[RelatedArticle]


def popular(client: Client, segment: Segment = EVERYONE, n: int = 12, *, shelf: Shelf = ASKING) -> PopularResult:
    """A segment's popular articles, best first, at most `n`.

    Raises:
        UnknownSegmentError: the served run has none under these values.
        NothingPublishedError: before the first publication.
    """
    served = pointer.served(client)
    shelf.saw(served.run)
    found = shelf.popular(client, served.run, segment, n)
    if not found:
        raise UnknownSegmentError(
            f"Run {served.run} has no popular articles of age_bin {segment.age_bin}, index_group {segment.index_group}, "
            f"sales_channel {segment.sales_channel}; `all` stands for any."
        )
    names = shelf.names(client, served.run, [article_id for article_id, _ in found])
    articles = [RelatedArticle(rank, a, score, names[a]) for rank, (a, score) in enumerate(found, start=1)]
    return PopularResult(served.run, served.as_of_date, segment, articles)
