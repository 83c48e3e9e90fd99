with customers as (
    select customer_key, count(*) as n_customer_days, exact(sum(n_lines)) as n_customer_lines
    from int_customer_daily inner join days using (t_dat)
    group by customer_key
),
articles as (
    select article_key, exact(sum(repeat_gap_days)) as gap_days, exact(sum(n_customers - n_first_customers)) as n_gaps
    from int_article_daily inner join days using (t_dat)
    group by article_key
),
measured as (
    select customer_key, article_key,
        any_value(n_customer_days) as n_customer_days, any_value(n_customer_lines) as n_customer_lines,
        max(purchase_no) as n_days,
        count(*) filter (days_since <= 28) as n_days_28d, count(*) filter (days_since <= 91) as n_days_91d,
        exact(sum(n_lines)) as n_lines,
        exact(sum(if(days_since <= 7, n_lines, 0))) as n_lines_7d,
        exact(sum(if(days_since <= 28, n_lines, 0))) as n_lines_28d,
        exact(sum(if(days_since <= 91, n_lines, 0))) as n_lines_91d,
        exact(sum(if(days_since between 351 and 378, n_lines, 0))) as n_lines_year_ago,
        exact(sum(n_online_lines)) as n_online_lines, exact(sum(spend_nanos)) as spend_nanos,
        exact(sum(n_lines * inverse_nanos)) as decayed_nanos,
        exact(sum(n_lines * half_7d_nanos)) as decayed_7d_nanos,
        exact(sum(n_lines * half_30d_nanos)) as decayed_30d_nanos,
        exact(sum(half_90d_nanos)) as decayed_days_90d_nanos,
        max(days_since) as days_since_first, min(days_since) as days_since_last,
        min(customer_day_no) as first_day_no, max(customer_day_no) as last_day_no,
        count(*) filter (customer_day_no > n_customer_days - 3) as n_of_last_3_baskets,
        count(*) filter (customer_day_no > n_customer_days - 10) as n_of_last_10_baskets,
        exact(sum(coalesce(days_since_previous * days_since_previous, 0))) as squared_gap_days
    from int_customer_article_daily inner join days using (t_dat) inner join customers using (customer_key)
    group by customer_key, article_key
)
select customer_key, article_key,
    n_days::int as n_days, n_days_28d::int as n_days_28d, n_days_91d::int as n_days_91d, n_lines::int as n_lines,
    n_lines_7d::int as n_lines_7d, n_lines_28d::int as n_lines_28d, n_lines_91d::int as n_lines_91d,
    n_lines_year_ago::int as n_lines_year_ago, n_of_last_3_baskets::int as n_of_last_3_baskets,
    n_of_last_10_baskets::int as n_of_last_10_baskets,
    (decayed_nanos / 1e9)::float as decayed_lines, (decayed_7d_nanos / 1e9)::float as decayed_lines_7d,
    (decayed_30d_nanos / 1e9)::float as decayed_lines_30d, (decayed_days_90d_nanos / 1e9)::float as decayed_days_90d,
    days_since_first, days_since_last, (n_customer_days - last_day_no)::int as n_baskets_since_last,
    ratio(days_since_first - days_since_last, nullif(n_days - 1, 0))::float as mean_gap_days,
    deviation(squared_gap_days, days_since_first - days_since_last, n_days - 1)::float as gap_deviation_days,
    ratio(days_since_last * (n_days - 1), nullif(days_since_first - days_since_last, 0))::float as dueness,
    ratio(days_since_last * n_gaps, nullif(gap_days, 0))::float as article_dueness,
    ratio(n_lines, n_customer_lines)::float as own_share,
    ratio(n_days, n_customer_days - first_day_no + 1)::float as basket_share_since_first,
    ratio(n_lines, n_days)::float as mean_lines_per_day, ratio(n_online_lines, n_lines)::float as online_share,
    ratio(spend_nanos, n_lines * 1e9)::float as mean_price
from measured inner join articles using (article_key)
order by customer_key, article_key
