{{ config(sort_by=['t_dat', 'customer_key']) }}

with

lines as (

    select * from {{ ref('int_customer_article_daily') }}

),

final as (

    select
        t_dat,

        customer_key,

        cast(count(*) as int) as n_articles,
        cast(sum(n_lines) as int) as n_lines,
        cast(sum(n_online_lines) as int) as n_online_lines,
        sum(spend_nanos) as spend_nanos,

        t_month
    from lines
    group by t_dat, customer_key, t_month

)

select * from final
