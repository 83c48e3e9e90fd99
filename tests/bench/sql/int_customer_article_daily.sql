with bought as (
    select t_dat, customer_key, article_key, exact(sum(n_lines)) as n_lines,
        exact(sum(if(sales_channel_id = 2, n_lines, 0))) as n_online_lines,
        exact(sum((price::decimal(28, 9) * 1000000000)::bigint * n_lines)) as spend_nanos
    from fct_transactions
    group by all
)
select t_dat, customer_key, article_key, n_lines::int as n_lines, n_online_lines::int as n_online_lines, spend_nanos,
    (row_number() over pair)::int as purchase_no, (t_dat - lag(t_dat) over pair)::int as days_since_previous,
    (dense_rank() over (partition by customer_key order by t_dat))::int as customer_day_no
from bought
window pair as (partition by customer_key, article_key order by t_dat)
order by t_dat, customer_key, article_key
