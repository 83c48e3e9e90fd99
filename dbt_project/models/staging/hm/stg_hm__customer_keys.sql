with

keys as (

    select * from {{ source('hm', 'customer_keys') }}

),

final as (

    select
        customer_key,
        customer_id
    from keys

)

select * from final
