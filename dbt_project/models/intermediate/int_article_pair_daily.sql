{{ config(sort_by=['t_dat', 'article_key', 'paired_article_key']) }}

with

lines as (

    select * from {{ ref('int_customer_article_daily') }}

),

baskets as (

    select customer_key, t_dat, n_articles from {{ ref('int_customer_daily') }}

),

-- A basket of hundreds of articles says little about any two of them and brings its size squared in pairs.
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
    where baskets.n_articles between 2 and {{ var('largest_paired_basket') }}

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
            one.t_month = other.t_month
            and one.t_dat = other.t_dat
            and one.customer_key = other.customer_key
            and one.article_key <= other.article_key
    group by one.t_month, one.t_dat, one.article_key, other.article_key

)

select * from final
