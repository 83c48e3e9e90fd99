{{ config(sort_by=['article_key', 'rank']) }}

with

spine as (

    {{ as_of_spine() }}

),

days as (

    select
        *,
        sum(if(article_key < paired_article_key, n_baskets, 0)) over (
            partition by article_key, paired_article_key
        ) as lifetime_support
    from {{ ref('int_article_pair_daily') }}

),

baskets as (

    select * from {{ ref('int_customer_daily') }}

),

articles as (

    select article_key, article_id from {{ ref('dim_articles') }}

),

-- Pairs seen once in the whole log never reach the support below: dropping them before the dates multiply halves the work
-- and changes no result.
seen as (

    select
        days.article_key,
        days.paired_article_key,
        days.n_baskets,
        spine.as_of_date,
        datediff(spine.as_of_date, days.t_dat) as days_since
    from days
    inner join spine
        on
            days.t_dat < spine.as_of_date
            and days.t_dat >= date_sub(spine.as_of_date, 182)
    where
        days.lifetime_support >= 2
        or days.article_key = days.paired_article_key

),

measured as (

    select
        as_of_date,
        article_key,
        paired_article_key,
        sum(n_baskets) as support,
        sum(n_baskets * {{ half_life_nanos(42) }}) as decayed_nanos
    from seen
    group by as_of_date, article_key, paired_article_key

),

-- The intermediate keeps an article with itself: the baskets it was in.
singles as (

    select
        measured.as_of_date,
        measured.article_key,
        articles.article_id,
        measured.support,
        measured.decayed_nanos
    from measured
    inner join articles on measured.article_key = articles.article_key
    where measured.article_key = measured.paired_article_key

),

totals as (

    select
        spine.as_of_date,
        count(*) as n_baskets
    from baskets
    inner join spine
        on
            baskets.t_dat < spine.as_of_date
            and baskets.t_dat >= date_sub(spine.as_of_date, 182)
    where baskets.n_articles between 2 and {{ var('largest_paired_basket') }}
    group by spine.as_of_date

),

both_ways as (

    select * from measured
    where support >= 2 and article_key != paired_article_key
    union all
    select
        as_of_date,
        paired_article_key as article_key,
        article_key as paired_article_key,
        support,
        decayed_nanos
    from measured
    where support >= 2 and article_key != paired_article_key

),

compared as (

    select
        both_ways.as_of_date,
        both_ways.article_key,
        both_ways.paired_article_key,
        other.article_id as paired_article_id,
        both_ways.support,
        both_ways.decayed_nanos,
        both_ways.support / cast(one.support as double) as confidence,
        both_ways.support / cast(one.support as double) * totals.n_baskets / other.support as lift,
        both_ways.decayed_nanos / sqrt(one.decayed_nanos) / sqrt(other.decayed_nanos) as cosine
    from both_ways
    inner join singles as one
        on
            both_ways.as_of_date = one.as_of_date
            and both_ways.article_key = one.article_key
    inner join singles as other
        on
            both_ways.as_of_date = other.as_of_date
            and both_ways.paired_article_key = other.article_key
    inner join totals on both_ways.as_of_date = totals.as_of_date

),

ranked as (

    select
        *,
        row_number() over (
            partition by as_of_date, article_key
            order by cosine desc, paired_article_id asc
        ) as rank
    from compared

),

final as (

    select
        article_key,
        paired_article_key,

        cast(support as int) as support,
        {{ from_nanos('decayed_nanos') }} as decayed_support,
        cast(confidence as float) as confidence,
        cast(lift as float) as lift,
        cast(cosine as float) as cosine,
        cast(rank as int) as rank,

        as_of_date
    from ranked
    where rank <= 50

)

select * from final
