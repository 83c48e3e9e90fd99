{{ config(sort_by=['t_dat', 'customer_key']) }}

with

lines as (

    select * from {{ ref('int_customer_article_daily') }}

),

days as (

    select
        t_dat,
        customer_key,
        t_month,
        count(*) as n_articles,
        sum(if(purchase_no > 1, 1, 0)) as n_repeat_articles,
        sum(n_lines) as n_lines,
        sum(n_online_lines) as n_online_lines,
        sum(spend_nanos) as spend_nanos
    from lines
    group by t_dat, customer_key, t_month

),

numbered as (

    select
        *,
        datediff(
            t_dat,
            lag(t_dat) over (
                partition by customer_key
                order by t_dat
            )
        ) as days_since_previous
    from days

),

final as (

    select
        t_dat,

        customer_key,

        cast(n_articles as int) as n_articles,
        cast(n_repeat_articles as int) as n_repeat_articles,
        cast(n_lines as int) as n_lines,
        cast(n_online_lines as int) as n_online_lines,
        spend_nanos,

        days_since_previous,

        t_month
    from numbered
    where {{ is_touched_month() }}

)

select * from final
