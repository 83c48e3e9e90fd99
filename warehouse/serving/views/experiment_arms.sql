-- Every defined experiment by variant, all its days together. chance_of_split: how likely at least so uneven a split between the
-- variant and the control is where the draw works (normal approximation with continuity correction); null for the control.
create or replace view experiment_arms as
with
    last_day as (
        select
            experiment,
            is_simulated,
            any(traffic) as traffic,
            variant,
            argMax(figures, day) as totals,
            argMax(goal_so_far, day) as goal_value,
            any(goal_title) as goal_title
        from experiment_days
        group by experiment, is_simulated, variant
    ),

    counted as (
        select
            last_day.experiment as experiment,
            last_day.is_simulated as is_simulated,
            last_day.traffic as traffic,
            last_day.variant as variant,
            last_day.totals as totals,
            last_day.goal_value as goal_value,
            last_day.goal_title as goal_title,
            defined.place as place,
            defined.is_control as is_control,
            defined.share as share_wanted,
            last_day.totals[1] as n,
            sumIf(n, defined.is_control) over (partition by last_day.experiment, last_day.is_simulated) as n_control,
            sumIf(defined.share, defined.is_control) over (partition by last_day.experiment, last_day.is_simulated) as share_control
        from last_day
        inner join experiment_variants as defined
            on last_day.experiment = defined.experiment and last_day.variant = defined.variant
    )

select
    experiment,
    is_simulated,
    traffic,
    place,
    if(is_control, concat(variant, ' (control)'), variant) as shown_as,
    variant,
    is_control,
    toUInt64(n) as customers,
    n / sum(n) over (partition by experiment, is_simulated) as share_seen,
    share_wanted,
    toUInt64(totals[2]) as exposures,
    toUInt64(totals[4]) as purchases,
    totals[5] as spend,
    toUInt64(totals[6]) as visits,
    totals[3] / nullIf(n, 0) as share_of_buyers,
    purchases / nullIf(n, 0) as purchases_per_customer,
    spend / nullIf(n, 0) as spend_per_customer,
    totals[7] / nullIf(totals[6], 0) as steps_per_visit,
    goal_title,
    goal_value,
    share_wanted / (share_wanted + share_control) as share_of_pair,
    if(
        is_control or n_control = 0,
        null,
        erfc(
            greatest(abs(n - (n + n_control) * share_of_pair) - 0.5, 0)
            / sqrt(2 * (n + n_control) * share_of_pair * (1 - share_of_pair))
        )
    ) as chance_of_split
from counted
