-- The customers of every defined experiment, each with the first variant seen: what first_exposures has for one experiment.
create or replace view experiment_first_seen as
select
    seen.experiment as experiment,
    seen.is_simulated as is_simulated,
    seen.customer_id as customer_id,
    argMin(seen.variant, (seen.at, seen.exposure_id)) as variant,
    min(seen.at) as first_at,
    any(defined.ends) as counts_until
from exposures_once as seen
inner join (select distinct experiment, starts, ends from experiment_variants) as defined
    on seen.experiment = defined.experiment
where seen.at >= defined.starts and seen.at < defined.ends
group by experiment, is_simulated, customer_id
