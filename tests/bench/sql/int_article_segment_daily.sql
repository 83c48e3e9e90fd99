select t_dat, article_key, age_bin, sales_channel_id, sum(n_lines)::int as n_lines
from fct_transactions inner join dim_customers using (customer_key)
group by all
order by t_dat, article_key, age_bin, sales_channel_id
