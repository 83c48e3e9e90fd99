-- A spool that is sent twice, or two merges that have not happened yet, must not count anyone twice.
create or replace view exposures_once as
select exposure_id, experiment, variant, customer_id, at, run, request_id, is_simulated
from exposures final
