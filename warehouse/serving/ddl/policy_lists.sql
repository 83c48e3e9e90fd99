-- Written only where an experiment serves such a policy.
create table if not exists policy_lists
(
    run          UInt32                    comment 'Run',
    policy       LowCardinality(String)    comment 'user_based or als',
    customer_id  String                    comment 'Customer, 64 hexadecimal digits' codec(ZSTD(1)),
    article_ids  Array(String)             comment 'Articles, best first' codec(ZSTD(1)),
    scores       Array(Float32)            comment 'Score of the policy; comparable within one customer'
)
engine = MergeTree
partition by run
order by (run, policy, customer_id)
settings index_granularity = 128, min_compress_block_size = 16384, max_compress_block_size = 65536
comment 'One row per run, policy and customer: the lists of simpler recommenders, for experiments'
