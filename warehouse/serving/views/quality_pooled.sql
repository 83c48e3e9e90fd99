-- The weeks of the newest judgements together: the mean over buyers, so a week counts by its buyers.
create or replace view quality_pooled as
select
    system,
    any(kind) as kind,
    segment,
    uniqExact(week) as weeks,
    sum(buyers) as all_buyers,
    sum(map_at_12 * buyers) / sum(buyers) as map_12,
    maxIf(map_12, kind = 'baseline') over (partition by segment) as best_baseline,
    argMaxIf(system, map_12, kind = 'baseline') over (partition by segment) as best_baseline_name,
    map_12 / nullIf(best_baseline, 0) as ratio
from quality_by_week
where as_of_date = (select max(as_of_date) from quality_by_week)
group by system, segment
