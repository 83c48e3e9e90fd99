-- A lookup reads one customer, so granules and compressed blocks are small: 128 rows of about a kilobyte, not 8192.
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
settings index_granularity = 128, min_compress_block_size = 16384, max_compress_block_size = 65536
comment 'One row per run and customer: the ranked articles'
