{{ config(sort_by=['t_dat', 'article_key', 'age_bin', 'sales_channel_id']) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}
    where {{ is_touched_month() }}

),

customers as (

    select
        customer_key,
        age_bin
    from {{ ref('dim_customers') }}

),

final as (

    select
        transactions.t_dat,

        transactions.article_key,
        customers.age_bin,
        transactions.sales_channel_id,

        cast(sum(transactions.n_lines) as int) as n_lines,

        transactions.t_month
    from transactions
    inner join customers on transactions.customer_key = customers.customer_key
    group by
        transactions.t_dat, transactions.article_key, customers.age_bin, transactions.sales_channel_id, transactions.t_month

)

select * from final
