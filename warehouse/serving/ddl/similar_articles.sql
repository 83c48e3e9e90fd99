create table if not exists similar_articles
(
    run                 UInt32     comment 'Run',
    article_id          String     comment 'Article, 10 digits with leading zero',
    rank                UInt16     comment '1 is nearest',
    similar_article_id  String     comment 'Article to show instead of it',
    score               Float32    comment 'Similarity, higher is nearer'
)
engine = MergeTree
partition by run
order by (run, article_id, rank)
settings index_granularity = 1024
comment 'One row per run, article and rank: what to show instead of it'
