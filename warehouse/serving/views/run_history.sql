-- One row per published run with what was known of its quality then.
create or replace view run_history as
select
    run,
    run_id,
    as_of_date,
    created_at,
    model_run,
    code_version,
    table_rows['recommendations'] as customers_with_list,
    table_rows['customers'] as known_customers,
    customers_with_list / nullIf(known_customers, 0) as coverage,
    seconds,
    length(landed_files) as files,
    JSONExtract(metrics, 'verdict', 'full_system', 'Nullable(Float64)') as map_at_12,
    JSONExtract(metrics, 'verdict', 'best_baseline_map', 'Nullable(Float64)') as best_baseline_map,
    JSONExtractString(metrics, 'verdict', 'best_baseline') as best_baseline,
    map_at_12 / nullIf(best_baseline_map, 0) as ratio,
    JSONExtractString(metrics, 'look_alike') as look_alike,
    run = (select argMax(run, seq) from pointer) as is_served
from runs
