-- A lookup reads one customer, so granules are small: 256 rows of a few hundred bytes instead of 8192.
create table if not exists recommendations
(
    run          UInt32                            comment 'Run',
    customer_id  String                            comment 'Customer, 64 hexadecimal digits' codec(ZSTD(1)),
    article_ids  Array(String)                     comment 'Articles, best first; the first 12 are shown, the rest is for re-ranking' codec(ZSTD(1)),
    scores       Array(Float32)                    comment 'Score of the ranker; comparable within one customer and run',
    sources      Array(LowCardinality(String))     comment 'Candidate source that ranked the article best',
    reasons      Array(String)                     comment 'Why, in words a customer can read' codec(ZSTD(1))
)
engine = MergeTree
partition by run
order by (run, customer_id)
settings index_granularity = 256
comment 'One row per run and customer: the ranked articles'
