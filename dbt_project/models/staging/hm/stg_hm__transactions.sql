with

transactions as (

    select * from {{ source('hm', 'transactions') }}

),

final as (

    select
        customer_id,
        article_id,
        landing_id,

        price,

        sales_channel_id,

        t_dat,
        t_month
    from transactions

)

select * from final
