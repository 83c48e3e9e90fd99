{{ config(sort_by=['customer_key']) }}

with

keys as (

    select * from {{ ref('stg_hm__customer_keys') }}

),

customers as (

    select * from {{ ref('stg_hm__customers') }}

),

final as (

    select
        keys.customer_key,
        keys.customer_id,

        customers.age,
        {{ age_bin('customers.age') }} as age_bin,
        customers.fn,
        customers.active,
        customers.club_member_status,
        customers.fashion_news_frequency,
        customers.postal_code,

        customers.customer_id is null as is_unknown
    from keys
    left join customers on keys.customer_id = customers.customer_id

)

select * from final
