-- Customers by segment at every as-of date.
create or replace view rfm_segments as
select
    as_of_date,
    segment_then as segment,
    sum(customers) as all_customers,
    all_customers / sum(all_customers) over (partition by as_of_date) as share
from rfm_movement
group by as_of_date, segment
