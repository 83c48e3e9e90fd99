-- One row per experiment and kind of traffic: who was exposed, and how many customers were seen in several variants.
create or replace view experiment_exposures as
with customers as (
    select
        seen.experiment as experiment,
        seen.is_simulated as is_simulated,
        seen.customer_id as customer_id,
        uniqExact(seen.variant) as variants,
        count() as exposures,
        min(seen.at) as first_at,
        max(seen.at) as last_at
    from exposures_once as seen
    group by experiment, is_simulated, customer_id
)

select
    customers.experiment as experiment,
    customers.is_simulated as is_simulated,
    count() as customers,
    countIf(customers.variants > 1) as in_several,
    sum(customers.exposures) as exposures,
    min(customers.first_at) as first_at,
    max(customers.last_at) as last_at
from customers
group by experiment, is_simulated
