-- Counts only: no customer's segment leaves the warehouse. Readers use rfm_segments and rfm_movement.
create table if not exists rfm_counts
(
    as_of_date    Date                      comment 'As-of date of the segments',
    taken_at      DateTime64(3, 'UTC')      comment 'When it was counted; the rows of a date''s latest moment are in force',
    from_date     Nullable(Date)            comment 'As-of date before it that it is compared with; none for the first',
    from_segment  LowCardinality(String)    comment 'Segment at from_date; empty for who had not bought by then',
    segment       LowCardinality(String)    comment 'Segment at as_of_date',
    customers     UInt64                    comment 'Customers who moved so, or stayed',
    source        String                    comment 'Versions of the mart it was counted from'
)
engine = MergeTree
order by (as_of_date, taken_at, from_segment, segment)
comment 'One row per as-of date, segment before and segment then: how customers moved'
