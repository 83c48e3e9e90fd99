{{ config(partition_by='t_month', sort_by=['t_dat', 'customer_key', 'article_key', 'sales_channel_id', 'price']) }}

with

transactions as (

    select * from {{ ref('stg_hm__transactions') }}
    where {{ is_touched_month() }}

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
    from transactions
    group by t_dat, customer_key, article_key, sales_channel_id, price, t_month

)

select * from final
