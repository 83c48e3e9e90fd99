-- Known customers of the served run and how many have a list of their own, by age group. The others get what is popular.
create or replace view coverage_by_age as
select
    toString(age_bin) as age_group,
    count() as known_customers,
    countIf(customer_id in (
        select customer_id from recommendations where run = (select argMax(run, seq) from pointer)
    )) as customers_with_list,
    customers_with_list / known_customers as share
from customers
where run = (select argMax(run, seq) from pointer)
group by age_group
