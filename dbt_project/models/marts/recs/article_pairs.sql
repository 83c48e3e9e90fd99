{{ config(sort_by=['article_key', 'rank']) }}

with

as_of_days as (

    select * from {{ ref('int_as_of_days') }}
    where {{ is_asked() }} and days_since <= 182

),

lines as (

    select
        t_dat,
        customer_key,
        article_key
    from {{ ref('int_customer_article_daily') }}
    where {{ is_within(182) }}

),

customer_days as (

    select * from {{ ref('int_customer_daily') }}
    where {{ is_within(182) }}

),

articles as (

    select
        article_key,
        article_id
    from {{ ref('dim_articles') }}

),

-- A basket of dozens of articles says little about any two of them and brings its size squared in pairs.
baskets as (

    select
        t_dat,
        customer_key,
        article_key
    from (
        select
            *,
            count(*) over (partition by customer_key, t_dat) as n_articles
        from lines
    ) as sized
    where n_articles between 2 and {{ var('largest_paired_basket') }}

),

together as (

    select
        one.t_dat,
        one.article_key,
        other.article_key as paired_article_key
    from baskets as one
    inner join baskets as other
        on
            one.customer_key = other.customer_key
            and one.t_dat = other.t_dat
            and one.article_key < other.article_key

),

-- A pair seen once in all that any date looks at never reaches the support of two that is asked for below: leaving it out
-- before the dates multiply the rows changes no result and halves the work.
lasting as (

    select *
    from (
        select
            *,
            count(*) over (partition by article_key, paired_article_key) as support_of_all
        from together
    ) as counted
    where support_of_all >= 2

),

pairs as (

    select
        as_of_days.as_of_date,
        lasting.article_key,
        lasting.paired_article_key,
        count(*) as support,
        sum(as_of_days.half_30d_nanos) as decayed_nanos
    from lasting
    inner join as_of_days on lasting.t_dat = as_of_days.t_dat
    group by as_of_days.as_of_date, lasting.article_key, lasting.paired_article_key
    having count(*) >= 2

),

singles as (

    select
        as_of_days.as_of_date,
        articles.article_key,
        articles.article_id,
        count(*) as support,
        sum(as_of_days.half_30d_nanos) as decayed_nanos
    from baskets
    inner join as_of_days on baskets.t_dat = as_of_days.t_dat
    inner join articles on baskets.article_key = articles.article_key
    group by as_of_days.as_of_date, articles.article_key, articles.article_id

),

totals as (

    select
        as_of_days.as_of_date,
        count(*) as n_baskets
    from customer_days
    inner join as_of_days on customer_days.t_dat = as_of_days.t_dat
    where customer_days.n_articles between 2 and {{ var('largest_paired_basket') }}
    group by as_of_days.as_of_date

),

both_ways as (

    select
        as_of_date,
        support,
        decayed_nanos,
        stack(
            2,
            article_key, paired_article_key,
            paired_article_key, article_key
        ) as (article_key, paired_article_key)
    from pairs

),

compared as (

    select /*+ broadcast(one), broadcast(other), broadcast(totals) */
        both_ways.*,
        other.article_id as paired_article_id,
        both_ways.support / one.support as confidence,
        both_ways.support * totals.n_baskets / (one.support * other.support) as lift,
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
