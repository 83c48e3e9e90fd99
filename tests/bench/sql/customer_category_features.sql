with labels as (
    select * replace (
        if(count(*) over (partition by product_code) > 1, product_code, null) as product_code
    )
    from dim_articles
),
-- Once per customer and article, so that the seven groupings below read less.
lines as (
    select customer_key, article_key, exact(sum(n_lines)) as n_lines, exact(sum(n_lines * half_90d_nanos)) as decayed_nanos,
        min(days_since) as days_since_last
    from int_customer_article_daily inner join days using (t_dat)
    where days_since <= 364
    group by customer_key, article_key
),
labelled as materialized (
    select lines.*, product_code, product_type_no, department_no, section_no, garment_group_no, index_group_no, colour_group_code
    from lines inner join labels using (article_key)
),
measured as (
    $each
),
shared as (
    select *, sum(n_lines) over customer as n_category_lines, sum(decayed_nanos) over customer as decayed_category_nanos
    from measured
    window customer as (partition by customer_key, category)
)
select customer_key, category, category_value, n_lines::int as n_lines, (decayed_nanos / 1e9)::float as decayed_lines,
    ratio(n_lines, n_category_lines)::float as share, ratio(decayed_nanos, decayed_category_nanos)::float as decayed_share,
    days_since_last
from shared
order by customer_key
