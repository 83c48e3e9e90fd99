with

transactions as (

    select * from {{ source('hm', 'transactions') }}

),

landed_days as (

    select * from {{ ref('stg_hm__landed_days') }}

),

customer_keys as (

    select customer_id, customer_key from {{ source('hm', 'customer_keys') }}

),

article_keys as (

    select article_id, article_key from {{ source('hm', 'article_keys') }}

),

final as (

    select /*+ broadcast(landed_days) */
        customer_keys.customer_key,
        article_keys.article_key,

        transactions.price,

        transactions.sales_channel_id,

        transactions.t_dat,
        transactions.t_month
    from transactions
    inner join landed_days
        on
            transactions.landing_id = landed_days.landing_id
            and transactions.t_dat = landed_days.t_dat
    inner join customer_keys on transactions.customer_id = customer_keys.customer_id
    inner join article_keys on transactions.article_id = article_keys.article_id

)

select * from final
