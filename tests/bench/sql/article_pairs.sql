with baskets as (
    select t_dat, customer_key, article_key, half_30d_nanos
    from int_customer_article_daily
    inner join int_customer_daily using (t_dat, customer_key)
    inner join days using (t_dat)
    where days_since <= 182 and n_articles between 2 and $largest_basket
),
seen as (
    select one.article_key, other.article_key as paired_article_key, count(*) as support,
        exact(sum(one.half_30d_nanos)) as decayed_nanos
    from baskets as one
    inner join baskets as other
        on one.customer_key = other.customer_key and one.t_dat = other.t_dat and one.article_key <= other.article_key
    group by one.article_key, other.article_key
    having count(*) >= 2 or one.article_key = other.article_key
),
singles as (
    select article_key, article_id, support, decayed_nanos
    from seen inner join dim_articles using (article_key)
    where article_key = paired_article_key
),
totals as (
    select count(*) as n_baskets
    from int_customer_daily inner join days using (t_dat)
    where days_since <= 182 and n_articles between 2 and $largest_basket
),
both_ways as (
    select article_key, paired_article_key, support, decayed_nanos from seen where article_key != paired_article_key
    union all
    select paired_article_key, article_key, support, decayed_nanos from seen where article_key != paired_article_key
),
compared as (
    select both_ways.*, other.article_id as paired_article_id,
        both_ways.support / one.support as confidence,
        both_ways.support * n_baskets / (one.support * other.support) as lift,
        both_ways.decayed_nanos / sqrt(one.decayed_nanos) / sqrt(other.decayed_nanos) as cosine
    from both_ways
    inner join singles as one on both_ways.article_key = one.article_key
    inner join singles as other on both_ways.paired_article_key = other.article_key
    cross join totals
),
ranked as (
    select *, row_number() over (partition by article_key order by cosine desc, paired_article_id) as rank
    from compared
)
select article_key, paired_article_key, support::int as support, (decayed_nanos / 1e9)::float as decayed_support,
    confidence::float as confidence, lift::float as lift, cosine::float as cosine, rank::int as rank
from ranked
where rank <= 50
order by article_key, rank
