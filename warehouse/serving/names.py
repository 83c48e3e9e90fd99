"""Names of articles, for display."""

import re
from dataclasses import dataclass
from sys import intern

from clickhouse_connect.driver.client import Client

from warehouse.serving.errors import MalformedIdError

_ARTICLE_ID = re.compile(r"[0-9]{9,10}")
_ALL = """
select article_id, prod_name, product_type_name, colour_group_name, department_name, section_name, index_group_name
from articles
where run = {run:UInt32}
"""
_NAMES = _ALL + " and article_id in {ids:Array(String)}"


@dataclass(frozen=True, slots=True)
class ArticleName:
    """What an article is called; empty where the warehouse has no name."""

    prod_name: str = ""
    product_type_name: str = ""
    colour_group_name: str = ""
    department_name: str = ""
    section_name: str = ""
    index_group_name: str = ""


def article_names(client: Client, run: int, article_ids: list[str]) -> dict[str, ArticleName]:
    """Names of articles by id; an article without a row gets empty names."""
    rows = client.query(_NAMES, parameters={"run": run, "ids": article_ids}).result_rows if article_ids else []
    return dict.fromkeys(article_ids, ArticleName()) | {row[0]: ArticleName(*row[1:]) for row in rows}


def all_names(client: Client, run: int) -> dict[str, ArticleName]:
    """Names of every article of a run. Nearly every text comes many times, and is held once."""
    rows = client.query(_ALL, parameters={"run": run}).result_rows
    return {row[0]: ArticleName(*map(intern, row[1:])) for row in rows}


def article_id_of(text: str) -> str:
    """The id with its leading zero.

    Raises:
        MalformedIdError: it is not 10 digits (or the 9 that are left when the zero is lost).
    """
    cleaned = text.strip()
    if not _ARTICLE_ID.fullmatch(cleaned):
        raise MalformedIdError(f"{text[:80]!r} is not an article id: it takes 10 digits, such as 0108775015.")
    return cleaned.zfill(10)
