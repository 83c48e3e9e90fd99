-- Append-only. The row with the highest seq names the run that all readers use; inserting one row switches every table.
create table if not exists pointer
(
    seq         UInt64                    comment 'Grows by one; the highest is in force',
    run         UInt32                    comment 'Run that is served from this row on',
    as_of_date  Date                      comment 'As-of date of the run, so that a reader needs no second table to say it',
    at          DateTime64(3, 'UTC')      comment 'When the pointer moved',
    why         LowCardinality(String)    comment 'publish or rollback'
)
engine = MergeTree
order by seq
comment 'Which run is served, and was served'
