-- Sent again, a row is the same row: the engine keeps one per key, and readers use the view exposures_once, which takes each id once.
create table if not exists exposures
(
    exposure_id   String                    comment 'One per answer and experiment; a row sent again has the same one',
    experiment    LowCardinality(String)    comment 'Name in experiments.yml',
    variant       LowCardinality(String)    comment 'Variant that was served',
    customer_id   String                    comment 'Customer, 64 hexadecimal digits' codec(ZSTD(1)),
    at            DateTime64(3, 'UTC')      comment 'When it was served; the simulated moment where is_simulated',
    run           UInt32                    comment 'Published run the answer was read from',
    request_id    String                    comment 'Request of the API',
    is_simulated  Bool                      comment 'The customer was a simulated one: never an A/B result'
)
engine = ReplacingMergeTree
order by (experiment, customer_id, exposure_id)
comment 'One row per answer and experiment: which variant a customer was shown'
