-- Who shops in stores, who online, who both, and what is each kind of customer worth?
--
-- Parameters:
--   as_of_date: date = select date_add('day', 1, max(t_dat)) from raw.landed_days
--     First day that is not counted; by default the day after the last landed one.
--   days: count = 91
--     Days before as_of_date to look at.
-- Answer:
--   channels: Where the customers bought in these days: store, online, both, or unknown
--   n_customers: Customers
--   share_of_customers: Their share of all customers who bought in these days, 0 to 1
--   n_lines: Lines they bought
--   online_share: Share of these lines bought online, 0 to 1
--   spend: Money they spent, in the retailer's unit
--   shopping_days_per_customer: Days with a purchase, mean
--   lines_per_shopping_day: Lines per customer and day with a purchase, mean
--   spend_per_customer: spend / n_customers, in the retailer's unit
-- Caveats:
--   - Who bought once has one channel; the longer the days looked at, the more customers are "both".
--   - Prices are in the retailer's scaled unit, no currency. Exact duplicates in the files are real purchases and counted.

with

customers as (

    select
        customer_key,
        sum(n_lines) as n_lines,
        coalesce(sum(n_lines) filter (where sales_channel_id = 1), 0) as n_store_lines,
        coalesce(sum(n_lines) filter (where sales_channel_id = 2), 0) as n_online_lines,
        sum(price * n_lines) as spend,
        count(distinct t_dat) as n_days
    from marts.fct_transactions
    where
        t_month >= date_format(date_add('day', -:days, :as_of_date), '%Y-%m')
        and t_month <= date_format(:as_of_date, '%Y-%m')
        and t_dat >= date_add('day', -:days, :as_of_date)
        and t_dat < :as_of_date
    group by customer_key

),

named as (

    select
        *,
        case
            when n_store_lines > 0 and n_online_lines > 0 then 'both'
            when n_store_lines > 0 then 'store'
            when n_online_lines > 0 then 'online'
            else 'unknown'
        end as channels
    from customers

),

channel_groups as (

    select
        channels,
        count(*) as n_customers,
        sum(n_lines) as n_lines,
        sum(n_online_lines) as n_online_lines,
        sum(spend) as spend,
        sum(n_days) as n_days
    from named
    group by channels

)

select
    channels,
    n_customers,
    round(cast(n_customers as double) / sum(n_customers) over (), 4) as share_of_customers,
    n_lines,
    round(cast(n_online_lines as double) / n_lines, 4) as online_share,
    cast(spend as decimal(18, 4)) as spend,
    round(cast(n_days as double) / n_customers, 2) as shopping_days_per_customer,
    round(cast(n_lines as double) / n_days, 2) as lines_per_shopping_day,
    cast(spend / n_customers as decimal(18, 4)) as spend_per_customer
from channel_groups
order by n_customers desc, channels asc
