-- Every defined experiment by variant and day (UTC): who was new and what was shown and done that day, and all of it so far,
-- with the goal. Counted as experiment_customers counts: from a customer's first exposure to the end of the experiment.
create or replace view experiment_days as
with
    happened as (
        select
            seen.experiment as experiment,
            seen.is_simulated as is_simulated,
            seen.variant as variant,
            seen.customer_id as customer_id,
            done.kind as kind,
            toInt64(done.value * 10000) as units,
            done.at as at
        from events_once as done
        inner join experiment_first_seen as seen
            on done.customer_id = seen.customer_id and done.is_simulated = seen.is_simulated
        where done.at >= seen.first_at and done.at < seen.counts_until
    ),

    -- Customers, exposures, buyers, purchases, spend, sessions, steps, views, clicks; spend in whole ten-thousandths.
    parts as (
        select experiment, is_simulated, variant, toDate(first_at) as day, [toInt64(count()), 0, 0, 0, 0, 0, 0, 0, 0] as counts
        from experiment_first_seen
        group by experiment, is_simulated, variant, day

        union all

        select
            shown.experiment as experiment,
            shown.is_simulated as is_simulated,
            shown.variant as variant,
            toDate(shown.at) as day,
            [0, toInt64(count()), 0, 0, 0, 0, 0, 0, 0] as counts
        from exposures_once as shown
        inner join experiment_variants as defined
            on shown.experiment = defined.experiment and shown.variant = defined.variant
        where shown.at >= defined.starts and shown.at < defined.ends
        group by experiment, is_simulated, variant, day

        union all

        select experiment, is_simulated, variant, toDate(bought_at) as day, [0, 0, toInt64(count()), 0, 0, 0, 0, 0, 0] as counts
        from
        (
            select experiment, is_simulated, variant, customer_id, min(at) as bought_at
            from happened
            where kind = 'purchase'
            group by experiment, is_simulated, variant, customer_id
        )
        group by experiment, is_simulated, variant, day

        union all

        select
            experiment,
            is_simulated,
            variant,
            toDate(at) as day,
            [
                0, 0, 0,
                toInt64(countIf(kind = 'purchase')), sumIf(units, kind = 'purchase'),
                toInt64(countIf(kind = 'session')), intDiv(sumIf(units, kind = 'session'), 10000),
                toInt64(countIf(kind = 'view')), toInt64(countIf(kind = 'click'))
            ] as counts
        from happened
        group by experiment, is_simulated, variant, day
    ),

    days as (
        select experiment, is_simulated, variant, day, sumForEach(counts) as that_day
        from parts
        group by experiment, is_simulated, variant, day
    ),

    running as (
        select
            experiment,
            is_simulated,
            variant,
            day,
            that_day,
            sumForEach(that_day) over (partition by experiment, is_simulated, variant order by day) as so_far
        from days
    )

select
    running.experiment as experiment,
    running.is_simulated as is_simulated,
    if(running.is_simulated, 'simulated customers', 'real customers') as traffic,
    running.variant as variant,
    defined.place as place,
    running.day as day,
    running.that_day[1] as new_customers,
    running.that_day[2] as exposures,
    running.that_day[4] as purchases,
    running.so_far[1] as customers_so_far,
    defined.goal as goal,
    defined.goal_title as goal_title,
    arrayMap(
        (n, unit) -> n / unit,
        running.so_far,
        [1, 1, 1, 1, 10000, 1, 1, 1, 1]
    ) as figures,
    ['customers', 'exposures', 'buyers', 'purchases', 'spend', 'sessions', 'steps', 'views', 'clicks'] as names,
    figures[indexOf(names, defined.goal_above)]
    / nullIf(figures[indexOf(names, if(defined.goal_below = '', 'customers', defined.goal_below))], 0) as goal_so_far
from running
inner join experiment_variants as defined
    on running.experiment = defined.experiment and running.variant = defined.variant
