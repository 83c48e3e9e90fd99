"""What the sources read of the dbt marts: names written once in Python, held to the marts' own yml by a test."""

import pyarrow as pa

from models.candidates.base import Context

OWN_WEIGHT = "decayed_lines_30d"
"""Weight of an article in a customer's history: lines, halved every 30 days."""
SEGMENT_COLUMNS = ("age_bin", "index_group_no", "sales_channel_id")

COLUMNS: dict[str, tuple[str, ...]] = {
    "popular_articles": ("segment", *SEGMENT_COLUMNS, "article_key", "n_lines_7d", "decayed_lines"),
    "customer_article_features": ("customer_key", "article_key", OWN_WEIGHT),
    "article_pairs": ("article_key", "paired_article_key", "cosine", "rank"),
    "customer_features": ("customer_key", "online_share"),
}


def read(context: Context, mart: str) -> pa.Table:
    """The columns the sources know of a mart, as of the context's date."""
    return context.marts.read(mart, list(COLUMNS[mart]))
