-- One row per customer of an experiment: what was counted from the first exposure up to `ends`, then the same over `pre_days`
-- before it (the covariate). Order of `quantities`: buyers, purchases, spend, sessions, steps, views, clicks; spend is in whole
-- ten-thousandths, so every sum is exact.
-- Parameters: experiment, starts, ends, is_simulated, pre_days.
create or replace view experiment_customers as
with
    exposed as (
        select customer_id, variant, first_at
        from first_exposures(
            experiment = {experiment:String},
            starts = {starts:DateTime64(3, 'UTC')},
            ends = {ends:DateTime64(3, 'UTC')},
            is_simulated = {is_simulated:Bool}
        )
    ),

    happened as (
        select customer_id, kind, toInt64(value * 10000) as units, at
        from events final
        where
            at >= {starts:DateTime64(3, 'UTC')} - toIntervalDay({pre_days:UInt16})
            and at < {ends:DateTime64(3, 'UTC')}
            and is_simulated = {is_simulated:Bool}
        order by at
        limit 1 by event_id
    ),

    placed as (
        select
            exposed.customer_id as customer_id,
            happened.at >= exposed.first_at as is_after,
            happened.at >= exposed.first_at - toIntervalDay({pre_days:UInt16}) as is_near,
            [
                toInt64(happened.kind = 'purchase'),
                if(happened.kind = 'purchase', happened.units, 0),
                toInt64(happened.kind = 'session'),
                if(happened.kind = 'session', intDiv(happened.units, 10000), 0),
                toInt64(happened.kind = 'view'),
                toInt64(happened.kind = 'click')
            ] as counts
        from happened
        inner join exposed on happened.customer_id = exposed.customer_id
    ),

    counted as (
        select
            customer_id,
            arrayResize(sumForEachIf(counts, is_after), 6, 0) as after,
            arrayResize(sumForEachIf(counts, is_near and not is_after), 6, 0) as before
        from placed
        group by customer_id
    ),

    everyone as (
        select
            exposed.variant as variant,
            exposed.customer_id as customer_id,
            exposed.first_at as first_at,
            arrayResize(counted.after, 6, 0) as after,
            arrayResize(counted.before, 6, 0) as before
        from exposed
        left join counted on exposed.customer_id = counted.customer_id
    )

select
    variant,
    customer_id,
    first_at,
    arrayConcat([toInt64(after[1] > 0)], after, [toInt64(before[1] > 0)], before) as quantities
from everyone
