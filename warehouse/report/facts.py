"""The report's figures, read from the store's views; nothing is computed here."""

from collections.abc import Mapping, Sequence
from datetime import date

from clickhouse_connect.driver.client import Client

QUERIES: Mapping[str, str] = {
    "freshness": "select * from data_freshness(today = {today:Date})",
    "landings": "select * from landed_files order by landing_id desc, file_kind, file_name limit 12",
    "quality_by_week": "select * from quality_by_week where kind != 'source' order by week, segment, map_at_12 desc, system",
    "quality": "select * from quality_pooled where kind != 'source' order by segment, map_12 desc, system",
    "source_mix": "select * from source_mix_by_rank order by place, source_order",
    "coverage": "select * from coverage_by_age order by age_group",
    "concentration": "select * from article_concentration",
    "concentration_curve": "select * from concentration_curve order by hundredth",
    "cards": (
        "select * from article_cards where asked_id in {articles:Array(String)} "
        "or asked_id in (select article_id from article_places order by places desc, article_id limit {most:UInt32}) "
        "order by indexOf({articles:Array(String)}, asked_id) = 0, asked_name, asked_id, question, place"
    ),
    "article_map": "select * from article_positions order by group_order, article_id",
    "rfm_segments": "select * from rfm_segments order by as_of_date, segment",
    "rfm_movement": (
        "select * from rfm_movement where as_of_date = (select max(as_of_date) from rfm_counts) "
        "order by segment_before, segment_then"
    ),
    "runs": "select * from run_history order by run desc limit 12",
    "lineage": "select * from lineage where is_served order by landed_file, landed_sha256",
}
"""The statement of each part of the page; all that is added or divided is in warehouse/serving/views."""


CARDS = 40
"""Articles that have a card on the page, besides those asked for: the most shown ones."""


def read(client: Client, today: date, articles: Sequence[str] = ()) -> dict[str, list[dict]]:
    """Rows of every view as dicts, by the part of the page they are for.

    Args:
        articles: article ids whose cards come first.
    """
    given = {"today": today, "articles": list(articles), "most": CARDS}
    return {name: list(client.query(sql, parameters=given).named_results()) for name, sql in QUERIES.items()}
