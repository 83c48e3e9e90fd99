-- From a run back to the bytes it was learned from: one row per run and landed file.
create or replace view lineage as
select
    run,
    run_id,
    as_of_date,
    model_run,
    code_version,
    created_at,
    landed_file,
    landed_sha256,
    run = (select argMax(run, seq) from pointer) as is_served
from runs
array join landed_files as landed_file, landed_sha256 as landed_sha256
