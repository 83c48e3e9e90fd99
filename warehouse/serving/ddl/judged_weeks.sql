-- From the evaluations' files, so that judgements outlive them. Readers use quality_by_week, which has each week's last judgement.
create table if not exists judged_weeks
(
    week            Date                      comment 'First of the seven days that were bought in',
    judged_at       DateTime64(3, 'UTC')      comment 'When the evaluation was done',
    as_of_date      Date                      comment 'Date the evaluation was made for; its weeks lie before',
    system          LowCardinality(String)    comment 'What made the lists',
    kind            LowCardinality(String)    comment 'system (the full system), baseline, or source (a candidate source alone)',
    segment         LowCardinality(String)    comment 'Buyers by activity before the week: all, active, dormant or cold',
    buyers          UInt32                    comment 'Customers of the segment who bought in the week',
    map_at_12       Float64                   comment 'Mean average precision of the first 12 articles',
    map_low         Nullable(Float64)         comment 'Lower end of its 95 % interval, of all buyers only',
    map_high        Nullable(Float64)         comment 'Upper end of its 95 % interval, of all buyers only',
    recall_at_12    Nullable(Float64)         comment 'Share of what was bought that the 12 held, of all buyers only',
    hit_rate_at_12  Nullable(Float64)         comment 'Share of buyers who bought one of the 12, of all buyers only'
)
engine = ReplacingMergeTree
order by (week, judged_at, system, segment)
comment 'One row per week, judgement, system and segment of buyers: how good the lists would have been'
