{{ config(sort_by=['t_dat', 'customer_key', 'article_key']) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}

),

final as (

    select
        t_dat,

        customer_key,
        article_key,

        cast(sum(n_lines) as int) as n_lines,
        cast(sum({{ online_lines() }}) as int) as n_online_lines,
        sum({{ spend_nanos() }}) as spend_nanos,

        t_month
    from transactions
    group by t_dat, customer_key, article_key, t_month

)

select * from final
