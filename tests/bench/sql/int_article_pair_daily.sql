with chosen as (
    select lines.t_dat, lines.customer_key, lines.article_key
    from int_customer_article_daily as lines inner join int_customer_daily as baskets using (t_dat, customer_key)
    where baskets.n_articles between 2 and $largest_basket
)
select one.t_dat, one.article_key, other.article_key as paired_article_key, count(*)::int as n_baskets
from chosen as one inner join chosen as other
    on one.t_dat = other.t_dat and one.customer_key = other.customer_key and one.article_key <= other.article_key
group by all
order by one.t_dat, one.article_key, other.article_key
