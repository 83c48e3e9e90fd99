-- From every segment of the as-of date before to every segment of the date: customers, their share of those who were there, and,
-- the same on every row of a date, the share of all customers whose segment stayed.
create or replace view rfm_movement as
select
    as_of_date,
    from_date,
    if(from_segment = '', 'not yet a customer', toString(from_segment)) as segment_before,
    toString(segment) as segment_then,
    customers,
    customers / sum(customers) over (partition by as_of_date, from_segment) as share_of_before,
    sumIf(customers, from_segment = segment) over (partition by as_of_date)
    / nullIf(sumIf(customers, from_segment != '') over (partition by as_of_date), 0) as share_that_stayed
from rfm_counts
where (as_of_date, taken_at) in (select as_of_date, max(taken_at) from rfm_counts group by as_of_date)
