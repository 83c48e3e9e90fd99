-- One row per customer of an experiment: the first variant seen, and when; what came later cannot change the arm.
-- Parameters: experiment, starts and ends (exposures outside do not count), is_simulated.
create or replace view first_exposures as
select
    customer_id,
    argMin(seen.variant, (seen.at, seen.exposure_id)) as variant,
    min(seen.at) as first_at,
    count() as exposures,
    uniqExact(seen.variant) as variants
from exposures_once as seen
where
    experiment = {experiment:String}
    and at >= {starts:DateTime64(3, 'UTC')}
    and at < {ends:DateTime64(3, 'UTC')}
    and is_simulated = {is_simulated:Bool}
group by customer_id
