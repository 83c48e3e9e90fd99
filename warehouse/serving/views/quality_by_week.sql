-- Each week's last judgement: MAP@12 by system and segment of buyers, beside the best baseline of the same week and segment.
create or replace view quality_by_week as
select
    week,
    as_of_date,
    system,
    kind,
    segment,
    buyers,
    map_at_12,
    map_low,
    map_high,
    recall_at_12,
    hit_rate_at_12,
    maxIf(map_at_12, kind = 'baseline') over (partition by week, segment) as best_baseline,
    map_at_12 / nullIf(best_baseline, 0) as ratio
from (select * from judged_weeks order by week, system, segment, judged_at limit 1 by week, system, segment, judged_at)
where (week, judged_at) in (select week, max(judged_at) from judged_weeks group by week)
