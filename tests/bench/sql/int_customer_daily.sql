with shopped as (
    select t_dat, customer_key, count(*)::int as n_articles, (count(*) filter (purchase_no > 1))::int as n_repeat_articles,
        sum(n_lines)::int as n_lines, sum(n_online_lines)::int as n_online_lines, exact(sum(spend_nanos)) as spend_nanos
    from int_customer_article_daily
    group by all
)
select *, (t_dat - lag(t_dat) over (partition by customer_key order by t_dat))::int as days_since_previous
from shopped
order by t_dat, customer_key
