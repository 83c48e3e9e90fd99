"""What must hold in the store before the pointer may name a run."""

from clickhouse_connect.driver.client import Client

from warehouse.serving.errors import PublicationRefusedError

_CUSTOMERS = """
select
    count() - uniqExact(customer_id) as repeated_customers,
    countIf(length(article_ids) != length(arrayDistinct(article_ids))) as repeated_articles,
    countIf(length(arrayDistinct(article_ids)) < {shown:UInt32}) as too_short
from recommendations
where run = {run:UInt32}
"""

_NAMELESS = """
select count()
from (
    select distinct arrayJoin(article_ids) as article_id from recommendations where run = {run:UInt32}
    union distinct
    select distinct article_id from popular_articles where run = {run:UInt32}
)
where article_id not in (select article_id from articles where run = {run:UInt32})
"""

_FALLBACK = """
select count()
from popular_articles
where run = {run:UInt32} and age_bin = 'all' and index_group = 'all' and sales_channel = 'all'
"""


def check(client: Client, run: int, sent: dict[str, int], shown: int, *, is_ruled: bool = False) -> None:
    """Compare a run in the store with what was sent, and with what every answer needs.

    Args:
        is_ruled: rules may have shortened lists; then the popular articles of everyone must be enough for any answer.

    Raises:
        PublicationRefusedError: naming everything that is wrong.
    """
    wrong = [*_counts(client, run, sent), *_contents(client, run, shown, is_ruled)]
    if wrong:
        raise PublicationRefusedError(f"Run {run} is not published, the served run stays: {'; '.join(wrong)}.")


def _counts(client: Client, run: int, sent: dict[str, int]) -> list[str]:
    found = {name: _one(client, f"select count() from {name} where run = {{run:UInt32}}", run=run)[0] for name in sent}
    return [f"{name} holds {found[name]:,} rows of {rows:,} sent" for name, rows in sent.items() if found[name] != rows]


def _contents(client: Client, run: int, shown: int, is_ruled: bool) -> list[str]:
    own, overall = (1, shown) if is_ruled else (shown, 1)
    repeated_customers, repeated_articles, too_short = _one(client, _CUSTOMERS, run=run, shown=own)
    nameless, fallback = _one(client, _NAMELESS, run=run)[0], _one(client, _FALLBACK, run=run)[0]
    faults = {
        f"{repeated_customers:,} customers come more than once": repeated_customers,
        f"{repeated_articles:,} customers have the same article twice": repeated_articles,
        f"{too_short:,} customers have fewer than {own} articles": too_short,
        f"{nameless:,} recommended or popular articles are not in marts.dim_articles": nameless,
        "marts.popular_articles holds no overall list to fall back on": not fallback,
        f"the overall list to fall back on has {fallback} of {overall} articles": 0 < fallback < overall,
    }
    return [text for text, found in faults.items() if found]


def _one(client: Client, query: str, **parameters: int) -> tuple:
    return client.query(query, parameters=parameters).result_rows[0]
