{{ config(
    partition_by='t_month', sort_by=['t_dat', 'customer_key', 'article_key', 'sales_channel_id', 'price'], rebalance=false
) }}

with

transactions as (

    select * from {{ ref('stg_hm__transactions') }}
    where {{ is_touched_month() }}

),

landed_days as (

    select * from {{ ref('stg_hm__landed_days') }}

),

customer_keys as (

    select * from {{ ref('stg_hm__customer_keys') }}

),

article_keys as (

    select * from {{ ref('stg_hm__article_keys') }}

),

-- Shuffled once, by the month it is written by: a month's lines are grouped, sorted and written where they are.
lines as (

    select /*+ broadcast(landed_days), repartition(t_month) */
        transactions.t_dat,
        customer_keys.customer_key,
        article_keys.article_key,
        transactions.sales_channel_id,
        transactions.price,
        transactions.t_month
    from transactions
    inner join landed_days
        on
            transactions.landing_id = landed_days.landing_id
            and transactions.t_dat = landed_days.t_dat
    inner join customer_keys on transactions.customer_id = customer_keys.customer_id
    inner join article_keys on transactions.article_id = article_keys.article_id

),

final as (

    select
        t_dat,

        customer_key,
        article_key,
        sales_channel_id,

        price,
        cast(count(*) as int) as n_lines,

        t_month
    from lines
    group by t_dat, customer_key, article_key, sales_channel_id, price, t_month

)

select * from final
