"""Database `recs`: what the models write. Partitioned by as-of date: the first day that was not seen."""

from warehouse.schemas.table import Column, Table

DATABASE = "recs"

_AS_OF = Column("as_of_date", "date", "First day that was not seen")

CANDIDATES = Table(
    DATABASE,
    "candidates",
    "One row per as-of date, customer, article and source; only customers who bought in the week after.",
    (
        Column("customer_key", "int", "Customer"),
        Column("article_key", "int", "Article"),
        Column("source", "string", "Candidate source"),
        Column("rank", "smallint", "Rank inside the source for this customer, 1 is best"),
        Column("score", "float", "Score inside the source, higher is better; comparable only within it"),
    ),
    (_AS_OF,),
)

RECOMMENDATIONS = Table(
    DATABASE,
    "recommendations",
    "One row per as-of date, customer and rank: the ranked articles, more than are shown, for re-ranking.",
    (
        Column("customer_id", "string", "Customer"),
        Column("customer_key", "int", "Customer, as a join key"),
        Column("article_id", "string", "Article"),
        Column("article_key", "int", "Article, as a join key"),
        Column("rank", "smallint", "1 is best; the first 12 are shown"),
        Column("score", "float", "Ranker's score; comparable within one customer and run"),
        Column("source", "string", "Candidate source that ranked the article best"),
        Column("sources", "array<string>", "Every candidate source that proposed the article"),
        Column("reason", "string", "Why, in words a customer can read"),
    ),
    (_AS_OF,),
)

TABLES = (CANDIDATES, RECOMMENDATIONS)
