with measured as (
    select customer_key, count(*) as n_days,
        count(*) filter (days_since <= 28) as n_days_28d, count(*) filter (days_since <= 91) as n_days_91d,
        count(*) filter (days_since <= 364) as n_days_364d, exact(sum(n_lines)) as n_lines,
        exact(sum(if(days_since <= 7, n_lines, 0))) as n_lines_7d, exact(sum(if(days_since <= 28, n_lines, 0))) as n_lines_28d,
        exact(sum(if(days_since <= 91, n_lines, 0))) as n_lines_91d, exact(sum(if(days_since <= 364, n_lines, 0))) as n_lines_364d,
        exact(sum(n_articles)) as n_article_days, exact(sum(n_repeat_articles)) as n_repeat_article_days,
        exact(sum(if(days_since <= 91, n_articles, 0))) as n_article_days_91d,
        exact(sum(if(days_since <= 91, n_repeat_articles, 0))) as n_repeat_article_days_91d,
        exact(sum(n_lines * half_30d_nanos)) as decayed_30d_nanos, exact(sum(n_online_lines)) as n_online_lines,
        exact(sum(if(days_since <= 91, n_online_lines, 0))) as n_online_lines_91d,
        exact(sum(if(dayofweek(t_dat) in (0, 6), n_lines, 0))) as n_weekend_lines, exact(sum(spend_nanos)) as spend_nanos,
        exact(sum(if(days_since <= 91, spend_nanos, 0))) as spend_91d_nanos,
        max(days_since) as days_since_first, min(days_since) as days_since_last,
        exact(sum(coalesce(days_since_previous * days_since_previous, 0))) as squared_gap_days,
        arg_max(n_articles, t_dat) as last_basket_articles, arg_max(n_repeat_articles, t_dat) as last_basket_repeat_articles,
        median(spend_nanos / n_lines) as median_price_nanos
    from int_customer_daily inner join days using (t_dat)
    group by customer_key
),
favourites as (
    select customer_key,
        arg_max(category_value, n_lines * 4294967296 - category_value) filter (category = 'department_no')
            as favourite_department_no,
        arg_max(share, n_lines * 4294967296 - category_value) filter (category = 'department_no') as favourite_department_share,
        (count(*) filter (category = 'department_no'))::int as n_departments,
        arg_max(category_value, n_lines * 4294967296 - category_value) filter (category = 'section_no') as favourite_section_no,
        arg_max(share, n_lines * 4294967296 - category_value) filter (category = 'section_no') as favourite_section_share,
        (count(*) filter (category = 'section_no'))::int as n_sections,
        arg_max(category_value, n_lines * 4294967296 - category_value) filter (category = 'colour_group_code')
            as favourite_colour_group_code,
        arg_max(share, n_lines * 4294967296 - category_value) filter (category = 'colour_group_code')
            as favourite_colour_group_share,
        (count(*) filter (category = 'colour_group_code'))::int as n_colour_groups
    from read_parquet('$out/customer_category_features.parquet')
    where category in ('department_no', 'section_no', 'colour_group_code')
    group by customer_key
)
select customer_key, age, age_bin, fn, active, days_since_first as tenure_days, days_since_last,
    ratio(days_since_first - days_since_last, nullif(n_days - 1, 0))::float as mean_gap_days,
    deviation(squared_gap_days, days_since_first - days_since_last, n_days - 1)::float as gap_deviation_days,
    ratio(days_since_last * (n_days - 1), nullif(days_since_first - days_since_last, 0))::float as dueness,
    n_days::int as n_days, n_days_28d::int as n_days_28d, n_days_91d::int as n_days_91d, n_days_364d::int as n_days_364d,
    n_lines::int as n_lines, n_lines_7d::int as n_lines_7d, n_lines_28d::int as n_lines_28d, n_lines_91d::int as n_lines_91d,
    n_lines_364d::int as n_lines_364d, (n_article_days - n_repeat_article_days)::int as n_articles,
    (decayed_30d_nanos / 1e9)::float as decayed_lines_30d, ratio(n_lines, n_days)::float as mean_basket_lines,
    ratio(n_article_days, n_days)::float as mean_basket_articles, last_basket_articles, last_basket_repeat_articles,
    ratio(n_repeat_article_days, n_article_days)::float as repeat_share,
    ratio(n_repeat_article_days_91d, nullif(n_article_days_91d, 0))::float as repeat_share_91d,
    ratio(n_weekend_lines, n_lines)::float as weekend_share, ratio(n_online_lines, n_lines)::float as online_share,
    ratio(n_online_lines_91d, nullif(n_lines_91d, 0))::float as online_share_91d,
    ratio(spend_nanos, n_lines * 1e9)::float as mean_price,
    ratio(spend_91d_nanos, nullif(n_lines_91d * 1e9, 0))::float as mean_price_91d,
    (median_price_nanos / 1e9)::float as median_price, ratio(spend_nanos, n_days * 1e9)::float as mean_basket_spend,
    favourites.* exclude (customer_key)
from measured inner join dim_customers using (customer_key) left join favourites using (customer_key)
order by customer_key
