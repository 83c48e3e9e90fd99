-- What is looked at before any result, one row per defined experiment and kind of traffic. sample_ratio_p is the smallest
-- chance_of_split times the number of comparisons, as `hm experiment report` has it.
create or replace view experiment_checks as
select
    arms.experiment as experiment,
    arms.is_simulated as is_simulated,
    any(arms.traffic) as traffic,
    if(
        arms.is_simulated,
        'SIMULATED customers: they say how the machinery behaves, nothing about real ones',
        'real customers'
    ) as whose,
    sum(arms.customers) as all_customers,
    sum(arms.exposures) as all_exposures,
    sum(arms.purchases) as all_purchases,
    any(seen.in_several) as in_several,
    in_several / any(seen.customers) as share_in_several,
    least(min(arms.chance_of_split) * countIf(not arms.is_control), 1) as sample_ratio_p,
    any(seen.first_at) as first_exposure,
    any(seen.last_at) as last_exposure,
    any(arms.goal_title) as decided_by
from experiment_arms as arms
inner join experiment_exposures as seen on arms.experiment = seen.experiment and arms.is_simulated = seen.is_simulated
group by experiment, is_simulated
