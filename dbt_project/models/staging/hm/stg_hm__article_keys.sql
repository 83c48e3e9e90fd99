with

keys as (

    select * from {{ source('hm', 'article_keys') }}

),

final as (

    select
        article_key,
        article_id
    from keys

)

select * from final
