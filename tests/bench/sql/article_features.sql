with seen as (
    select * from int_article_daily inner join days using (t_dat)
),
measured as (
    select article_key, exact(sum(n_lines)) as n_lines,
        exact(sum(if(days_since <= 3, n_lines, 0))) as n_lines_3d, exact(sum(if(days_since <= 7, n_lines, 0))) as n_lines_7d,
        exact(sum(if(days_since <= 14, n_lines, 0))) as n_lines_14d, exact(sum(if(days_since <= 28, n_lines, 0))) as n_lines_28d,
        exact(sum(if(days_since <= 56, n_lines, 0))) as n_lines_56d, exact(sum(if(days_since <= 182, n_lines, 0))) as n_lines_182d,
        exact(sum(if(days_since <= 364, n_lines, 0))) as n_lines_364d,
        exact(sum(if(days_since between 358 and 364, n_lines, 0))) as n_lines_year_ago_7d,
        exact(sum(if(days_since between 337 and 364, n_lines, 0))) as n_lines_year_ago_28d,
        count(*) as n_sale_days, count(*) filter (days_since <= 28) as n_sale_days_28d,
        exact(sum(n_customers)) as n_customer_days, exact(sum(if(days_since <= 28, n_customers, 0))) as n_customer_days_28d,
        exact(sum(n_first_customers)) as n_buyers,
        exact(sum(if(days_since <= 28, n_first_customers, 0))) as n_first_customers_28d,
        exact(sum(n_second_customers)) as n_repeat_buyers, exact(sum(repeat_gap_days)) as repeat_gap_days,
        exact(sum(n_lines * inverse_nanos)) as decayed_nanos, exact(sum(n_lines * half_7d_nanos)) as decayed_7d_nanos,
        exact(sum(n_lines * half_30d_nanos)) as decayed_30d_nanos, exact(sum(n_online_lines)) as n_online_lines,
        exact(sum(if(days_since <= 28, n_online_lines, 0))) as n_online_lines_28d, exact(sum(spend_nanos)) as spend_nanos,
        exact(sum(if(days_since <= 7, spend_nanos, 0))) as spend_7d_nanos,
        exact(sum(if(days_since <= 28, spend_nanos, 0))) as spend_28d_nanos,
        exact(sum(n_aged_customers)) as n_aged_customers, exact(sum(age_years)) as age_years,
        exact(sum(age_squared_years)) as age_squared_years, max(days_since) as days_since_first,
        min(days_since) as days_since_last, median(spend_nanos / n_lines) as median_price_nanos
    from seen
    group by article_key
),
compared as (
    select measured.*,
        sum(n_lines_3d) over () as shop_lines_3d, sum(n_lines_7d) over () as shop_lines_7d, sum(n_lines_28d) over () as shop_lines_28d,
        rank() over (order by n_lines_7d desc) as rank_7d, rank() over (order by decayed_nanos desc) as rank_decayed,
        rank() over (partition by product_type_no order by n_lines_28d desc) as product_type_rank_28d,
        sum(n_lines_28d) over (partition by product_type_no) as product_type_lines_28d,
        sum(n_lines_7d) over (partition by product_code) as product_lines_7d,
        sum(n_lines_28d) over (partition by product_code) as product_lines_28d,
        sum(n_lines_7d) over (partition by department_no) as department_lines_7d,
        sum(n_lines_28d) over (partition by department_no) as department_lines_28d
    from measured inner join dim_articles using (article_key)
)
select article_key, n_lines::int as n_lines, n_lines_3d::int as n_lines_3d, n_lines_7d::int as n_lines_7d,
    n_lines_14d::int as n_lines_14d, n_lines_28d::int as n_lines_28d, n_lines_56d::int as n_lines_56d,
    n_lines_182d::int as n_lines_182d, n_lines_364d::int as n_lines_364d,
    n_lines_year_ago_7d::int as n_lines_year_ago_7d, n_lines_year_ago_28d::int as n_lines_year_ago_28d,
    n_sale_days::int as n_sale_days, n_sale_days_28d::int as n_sale_days_28d,
    n_customer_days_28d::int as n_customer_days_28d, n_buyers::int as n_buyers, n_repeat_buyers::int as n_repeat_buyers,
    (decayed_nanos / 1e9)::float as decayed_lines, (decayed_7d_nanos / 1e9)::float as decayed_lines_7d,
    (decayed_30d_nanos / 1e9)::float as decayed_lines_30d,
    ratio(n_lines_7d * 4, nullif(n_lines_28d, 0))::float as trend_7d_28d,
    ratio(n_lines_28d * 6.5, nullif(n_lines_182d, 0))::float as trend_28d_182d,
    ratio(n_lines_3d * shop_lines_28d, nullif(n_lines_28d * shop_lines_3d, 0))::float as share_trend_3d_28d,
    ratio(n_lines_7d * shop_lines_28d, nullif(n_lines_28d * shop_lines_7d, 0))::float as share_trend_7d_28d,
    ratio(department_lines_7d * shop_lines_28d, nullif(department_lines_28d * shop_lines_7d, 0))::float
        as department_share_trend_7d_28d,
    rank_7d::int as rank_7d, rank_decayed::int as rank_decayed, product_type_rank_28d::int as product_type_rank_28d,
    product_lines_7d::int as product_lines_7d, product_lines_28d::int as product_lines_28d,
    ratio(n_lines_28d, nullif(product_type_lines_28d, 0))::float as product_type_share_28d,
    ratio(n_repeat_buyers, n_buyers)::float as repurchase_rate,
    ratio(repeat_gap_days, nullif(n_customer_days - n_buyers, 0))::float as repurchase_gap_days,
    ratio(n_customer_days_28d - n_first_customers_28d, nullif(n_customer_days_28d, 0))::float as repeat_share_28d,
    ratio(n_lines, n_customer_days)::float as mean_lines_per_basket, days_since_first, days_since_last,
    ratio(spend_nanos, n_lines * 1e9)::float as mean_price,
    ratio(spend_28d_nanos, nullif(n_lines_28d * 1e9, 0))::float as mean_price_28d,
    (median_price_nanos / 1e9)::float as median_price,
    (1 - spend_7d_nanos / nullif(n_lines_7d * median_price_nanos, 0))::float as discount_7d,
    ratio(n_online_lines, n_lines)::float as online_share,
    ratio(n_online_lines_28d, nullif(n_lines_28d, 0))::float as online_share_28d,
    ratio(age_years, nullif(n_aged_customers, 0))::float as buyers_mean_age_years,
    deviation(age_squared_years::hugeint, age_years::hugeint, n_aged_customers)::float as buyers_age_deviation_years
from compared
order by article_key
