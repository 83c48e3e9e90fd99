-- How long is it until a customer buys a product type again?
--
-- Parameters:
--   as_of_date: date = select date_add('day', 1, max(t_dat)) from raw.landed_days
--     First day that is not counted; by default the day after the last landed one.
--   days: count = 364
--     Days before as_of_date to look at.
--   min_buyers: count = 20
--     Product types with fewer buyers are left out.
-- Answer:
--   product_type_name: Product type; "unknown" where no articles file holds the article
--   n_buyers: Customers who bought it
--   n_repeat_buyers: Of these, customers who bought it on two days or more
--   repeat_share: n_repeat_buyers / n_buyers, 0 to 1
--   n_intervals: Times somebody bought it again on a later day
--   mean_days: Mean days between two purchases
--   days_p25: A quarter of the intervals is this long or shorter, in days (approximate)
--   days_p50: Half of them (approximate)
--   days_p75: Three quarters of them (approximate)
-- Caveats:
--   - A day with the type counts once, however many lines and articles.
--   - Intervals longer than the days looked at cannot be seen, so long ones are missing.

with

purchases as (

    select distinct
        fct_transactions.customer_key,
        coalesce(dim_articles.product_type_name, 'unknown') as product_type_name,
        fct_transactions.t_dat
    from marts.fct_transactions
    inner join marts.dim_articles on fct_transactions.article_key = dim_articles.article_key
    where
        fct_transactions.t_month >= date_format(date_add('day', -:days, :as_of_date), '%Y-%m')
        and fct_transactions.t_month <= date_format(:as_of_date, '%Y-%m')
        and fct_transactions.t_dat >= date_add('day', -:days, :as_of_date)
        and fct_transactions.t_dat < :as_of_date

),

intervals as (

    select
        product_type_name,
        customer_key,
        date_diff(
            'day', lag(t_dat) over (partition by product_type_name, customer_key order by t_dat), t_dat
        ) as days_since_previous
    from purchases

),

buyers as (

    select
        product_type_name,
        count(distinct customer_key) as n_buyers,
        count(distinct customer_key) filter (where days_since_previous is not null) as n_repeat_buyers,
        count(days_since_previous) as n_intervals,
        avg(days_since_previous) as mean_days,
        approx_percentile(days_since_previous, array[0.25, 0.5, 0.75]) as quartiles
    from intervals
    group by product_type_name

)

select
    product_type_name,
    n_buyers,
    n_repeat_buyers,
    round(cast(n_repeat_buyers as double) / n_buyers, 4) as repeat_share,
    n_intervals,
    round(mean_days, 1) as mean_days,
    quartiles[1] as days_p25,
    quartiles[2] as days_p50,
    quartiles[3] as days_p75
from buyers
where n_buyers >= :min_buyers
order by n_intervals desc, product_type_name asc
