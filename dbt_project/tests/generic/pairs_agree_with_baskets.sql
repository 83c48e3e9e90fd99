{#- Accounting identity of the pairs, on the first of the dates: each article's support is the baskets that held both. -#}
{% test pairs_agree_with_baskets(model) %}

with

counted as (

    select
        baskets.article_key,
        baskets.paired_article_key,
        sum(baskets.n_baskets) as support
    from {{ ref('int_article_pair_daily') }} as baskets
    where
        baskets.t_dat < date'{{ as_of_dates()[0] }}'
        and baskets.t_dat >= date_sub(date'{{ as_of_dates()[0] }}', 182)
    group by baskets.article_key, baskets.paired_article_key

)

select
    pairs.article_key,
    pairs.paired_article_key,
    pairs.support,
    counted.support as counted_support
from {{ model }} as pairs
left join counted
    on
        least(pairs.article_key, pairs.paired_article_key) = counted.article_key
        and greatest(pairs.article_key, pairs.paired_article_key) = counted.paired_article_key
where
    pairs.as_of_date = date'{{ as_of_dates()[0] }}'
    and not pairs.support <=> counted.support

{% endtest %}
