-- What share of the customers who first bought in a month bought again in each month after it?
--
-- Parameters:
--   as_of_date: date = select date_add('day', 1, max(t_dat)) from raw.landed_days
--     First day that is not counted; by default the day after the last landed one.
--   cohorts: count = 12
--     Months of first purchase to follow, the last whole ones before as_of_date.
-- Answer:
--   first_month: Month of the customers' first purchase, YYYY-MM
--   months_after: Months since then; 0 is the month itself
--   n_in_cohort: Customers who first bought in first_month
--   n_active: Of these, customers who bought in the month
--   retention: n_active / n_in_cohort, 0 to 1
-- Caveats:
--   - Whole months only - a month that as_of_date cuts is left out - and a month without any buyer has no row.
--   - The log begins somewhere; the cohorts of its first months are mostly older customers.

with

customer_months as (

    select distinct
        customer_key,
        cast(t_month || '-01' as date) as active_month
    from marts.fct_transactions
    where t_month < date_format(:as_of_date, '%Y-%m')

),

customers as (

    select
        customer_key,
        active_month,
        min(active_month) over (partition by customer_key) as first_month
    from customer_months

),

active as (

    select
        first_month,
        date_diff('month', first_month, active_month) as months_after,
        count(*) as n_active
    from customers
    where first_month >= date_add('month', -:cohorts, date_trunc('month', :as_of_date))
    group by first_month, date_diff('month', first_month, active_month)

),

sized as (

    select
        *,
        max(if(months_after = 0, n_active)) over (partition by first_month) as n_in_cohort
    from active

)

select
    date_format(first_month, '%Y-%m') as first_month,
    months_after,
    n_in_cohort,
    n_active,
    round(cast(n_active as double) / n_in_cohort, 4) as retention
from sized
order by first_month, months_after
