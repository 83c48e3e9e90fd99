-- experiments.yml decides; this is what it said when it was last read for a report, for readers who do not have the file. They use
-- the view experiment_variants, the last word on every experiment.
create table if not exists defined_variants
(
    experiment   LowCardinality(String)    comment 'Name in experiments.yml',
    defined_at   DateTime64(3, 'UTC')      comment 'When the file was read; the rows of the latest moment are in force',
    place        UInt8                     comment 'Place of the variant in the file, from 0',
    variant      LowCardinality(String)    comment 'Variant',
    is_control   Bool                      comment 'The others are compared with it',
    share        Float64                   comment 'Share of the experiment''s customers that it is meant to have',
    starts       DateTime64(3, 'UTC')      comment 'First moment that counts',
    ends         DateTime64(3, 'UTC')      comment 'First moment that no longer counts',
    goal         LowCardinality(String)    comment 'The metric that decides',
    goal_title   LowCardinality(String)    comment 'What it is, in words',
    goal_above   LowCardinality(String)    comment 'Quantity that is summed for it',
    goal_below   LowCardinality(String)    comment 'Quantity it is divided by; empty: the number of customers'
)
engine = MergeTree
order by (experiment, defined_at, place)
comment 'One row per reading of experiments.yml and variant: what is tested, when, and what decides'
