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

    sent as (
        select event_id, min(at) as first_at, argMin((customer_id, kind, toInt64(value * 10000)), at) as what
        from events
        where
            at >= {starts:DateTime64(3, 'UTC')} - toIntervalDay({pre_days:UInt16})
            and at < {ends:DateTime64(3, 'UTC')}
            and is_simulated = {is_simulated:Bool}
        group by event_id
    ),

    happened as (
        select what.1 as customer_id, what.2 as kind, what.3 as units, first_at as at
        from sent
    ),

    placed as (
        select
            exposed.customer_id as customer_id,
            happened.kind as kind,
            happened.units as units,
            happened.at >= exposed.first_at as is_after,
            happened.at < exposed.first_at
            and happened.at >= exposed.first_at - toIntervalDay({pre_days:UInt16}) as is_before
        from happened
        inner join exposed on happened.customer_id = exposed.customer_id
    ),

    counted as (
        select
            customer_id,
            countIf(is_after and kind = 'purchase') as purchases,
            sumIf(units, is_after and kind = 'purchase') as spend,
            countIf(is_after and kind = 'session') as sessions,
            intDiv(sumIf(units, is_after and kind = 'session'), 10000) as steps,
            countIf(is_after and kind = 'view') as views,
            countIf(is_after and kind = 'click') as clicks,
            countIf(is_before and kind = 'purchase') as pre_purchases,
            sumIf(units, is_before and kind = 'purchase') as pre_spend,
            countIf(is_before and kind = 'session') as pre_sessions,
            intDiv(sumIf(units, is_before and kind = 'session'), 10000) as pre_steps,
            countIf(is_before and kind = 'view') as pre_views,
            countIf(is_before and kind = 'click') as pre_clicks
        from placed
        group by customer_id
    )

select
    exposed.variant as variant,
    exposed.customer_id as customer_id,
    exposed.first_at as first_at,
    arrayMap(
        quantity -> toInt64(quantity),
        [
            purchases > 0, purchases, spend, sessions, steps, views, clicks,
            pre_purchases > 0, pre_purchases, pre_spend, pre_sessions, pre_steps, pre_views, pre_clicks
        ]
    ) as quantities
from exposed
left join counted on exposed.customer_id = counted.customer_id
