create table if not exists popular_articles
(
    run            UInt32                    comment 'Run',
    age_bin        LowCardinality(String)    comment 'Age bin of the buyers, or all',
    index_group    LowCardinality(String)    comment 'Index group number of the articles, or all',
    sales_channel  LowCardinality(String)    comment 'Sales channel number, or all',
    rank           UInt16                    comment '1 is best',
    article_id     String                    comment 'Article, 10 digits with leading zero',
    score          Float64                   comment 'Popularity the rank follows'
)
engine = MergeTree
partition by run
order by (run, age_bin, index_group, sales_channel, rank)
settings index_granularity = 1024
comment 'One row per run, segment and rank: the fallback of lookup'
