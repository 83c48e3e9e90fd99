select t_dat, customer_key, article_key, sales_channel_id, price, count(*)::int as n_lines
from transactions inner join customer_keys using (customer_id) inner join article_keys using (article_id)
group by all
order by t_dat, customer_key, article_key, sales_channel_id, price
