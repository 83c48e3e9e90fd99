-- Only the age bin of a customer leaves the warehouse: no age, no postal code.
create table if not exists customers
(
    run          UInt32                    comment 'Run',
    customer_id  String                    comment 'Customer, 64 hexadecimal digits' codec(ZSTD(1)),
    age_bin      LowCardinality(String)    comment 'Segment a customer without recommendations falls in'
)
engine = MergeTree
partition by run
order by (run, customer_id)
settings index_granularity = 1024
comment 'One row per run and known customer: the segment for the fallback'
