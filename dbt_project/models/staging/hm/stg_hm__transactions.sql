with

transactions as (

    select * from {{ source('hm', 'transactions') }}

),

landings as (

    select landing_id from {{ source('hm', 'landings') }}

),

landed_days as (

    select * from {{ source('hm', 'landed_days') }}

),

customer_keys as (

    select customer_id, customer_key from {{ source('hm', 'customer_keys') }}

),

article_keys as (

    select article_id, article_key from {{ source('hm', 'article_keys') }}

),

-- A day belongs to the latest finished landing that brought it; what an earlier one said of that day is replaced.
owners as (

    select
        landed_days.t_dat,
        max(landed_days.landing_id) as landing_id
    from landed_days
    inner join landings on landed_days.landing_id = landings.landing_id
    group by landed_days.t_dat

),

final as (

    select /*+ broadcast(owners) */
        customer_keys.customer_key,
        article_keys.article_key,

        transactions.price,

        transactions.sales_channel_id,

        transactions.t_dat,
        transactions.t_month
    from transactions
    inner join owners
        on
            transactions.landing_id = owners.landing_id
            and transactions.t_dat = owners.t_dat
    inner join customer_keys on transactions.customer_id = customer_keys.customer_id
    inner join article_keys on transactions.article_id = article_keys.article_id

)

select * from final
