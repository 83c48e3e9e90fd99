create table if not exists complementary_articles
(
    run                UInt32     comment 'Run',
    article_id         String     comment 'Article, 10 digits with leading zero',
    rank               UInt16     comment '1 is strongest',
    paired_article_id  String     comment 'Article that goes with it',
    score              Float64    comment 'Higher goes better with it'
)
engine = MergeTree
partition by run
order by (run, article_id, rank)
settings index_granularity = 1024
comment 'One row per run, article and rank: what goes with it'
