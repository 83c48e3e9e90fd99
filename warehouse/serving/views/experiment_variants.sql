-- What is tested, as experiments.yml last told; an experiment that left the file stays as it was.
create or replace view experiment_variants as
select experiment, place, variant, is_control, share, starts, ends, goal, goal_title, goal_above, goal_below
from defined_variants
where (experiment, defined_at) in (select experiment, max(defined_at) from defined_variants group by experiment)
