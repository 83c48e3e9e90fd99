{#- Accounting identity of the pairs, on the first date and every 16th article: support is the baskets that held both. -#}
{% test pairs_agree_with_baskets(model) %}

with

baskets as (

    select
        lines.t_dat,
        lines.customer_key,
        lines.article_key
    from {{ ref('int_customer_article_daily') }} as lines
    inner join {{ ref('int_customer_daily') }} as days
        on
            lines.customer_key = days.customer_key
            and lines.t_dat = days.t_dat
    where
        days.n_articles between 2 and {{ var('largest_paired_basket') }}
        and lines.t_dat < date'{{ as_of_dates()[0] }}'
        and lines.t_dat >= date_sub(date'{{ as_of_dates()[0] }}', 182)

),

counted as (

    select
        one.article_key,
        other.article_key as paired_article_key,
        count(*) as support
    from baskets as one
    inner join baskets as other
        on
            one.customer_key = other.customer_key
            and one.t_dat = other.t_dat
    where one.article_key % 16 = 0 and one.article_key != other.article_key
    group by one.article_key, other.article_key

)

select
    pairs.article_key,
    pairs.paired_article_key,
    pairs.support,
    counted.support as counted_support
from {{ model }} as pairs
left join counted
    on
        pairs.article_key = counted.article_key
        and pairs.paired_article_key = counted.paired_article_key
where
    pairs.as_of_date = date'{{ as_of_dates()[0] }}'
    and pairs.article_key % 16 = 0
    and not pairs.support <=> counted.support

{% endtest %}
