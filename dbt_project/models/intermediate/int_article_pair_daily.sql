{{ config(sort_by=['t_dat', 'article_key', 'paired_article_key']) }}

with

lines as (

    select * from {{ ref('int_customer_article_daily') }}
    where {{ is_touched_month() }}

),

-- A basket of dozens of articles says little about any two of them and brings its size squared in pairs.
baskets as (

    select
        customer_key,
        t_dat
    from {{ ref('int_customer_daily') }}
    where n_articles between 2 and {{ var('largest_paired_basket') }} and {{ is_touched_month() }}

),

chosen as (

    select
        lines.t_month,
        lines.t_dat,
        lines.customer_key,
        lines.article_key
    from lines
    inner join baskets
        on
            lines.customer_key = baskets.customer_key
            and lines.t_dat = baskets.t_dat

),

final as (

    select
        one.t_dat,

        one.article_key,
        other.article_key as paired_article_key,

        cast(count(*) as int) as n_baskets,

        one.t_month
    from chosen as one
    inner join chosen as other
        on
            one.customer_key = other.customer_key
            and one.t_dat = other.t_dat
            and one.article_key <= other.article_key
    group by one.t_month, one.t_dat, one.article_key, other.article_key

)

select * from final
