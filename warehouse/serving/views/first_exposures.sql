-- One row per customer of an experiment: the first variant seen, and when; what came later cannot change the arm.
-- Without an experiment ('', what planning asks for): everybody who did something, from their first event in the window on.
-- Parameters: experiment, starts and ends (what is outside does not count), is_simulated.
create or replace view first_exposures as
select
    seen.customer_id as customer_id,
    argMin(seen.variant, (seen.at, seen.exposure_id)) as variant,
    min(seen.at) as first_at,
    count() as exposures,
    uniqExact(seen.variant) as variants
from exposures_once as seen
where
    seen.experiment = {experiment:String}
    and seen.at >= {starts:DateTime64(3, 'UTC')}
    and seen.at < {ends:DateTime64(3, 'UTC')}
    and seen.is_simulated = {is_simulated:Bool}
group by customer_id

union all

select
    done.customer_id as customer_id,
    '' as variant,
    min(done.at) as first_at,
    count() as exposures,
    1 as variants
from events as done
where
    {experiment:String} = ''
    and done.at >= {starts:DateTime64(3, 'UTC')}
    and done.at < {ends:DateTime64(3, 'UTC')}
    and done.is_simulated = {is_simulated:Bool}
group by customer_id
